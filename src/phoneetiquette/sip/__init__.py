"""SIP and media by pjsua2. Only this package knows the library; only the engine process imports it."""
