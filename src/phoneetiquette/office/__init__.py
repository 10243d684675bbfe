"""The office's pages: reports, follow-ups and messages of all seats. No phone."""
