"""The configuration of a seat: YAML files in, frozen values out, every problem with its place.

>>> config = load()            # the default files, or the defaults where there are none
>>> config.sip.port, config.directory, config.dial("205")
"""

from phoneetiquette.config.access_schema import AccessConfig, PageTlsConfig
from phoneetiquette.config.audio_schema import AudioConfig, ButtonsConfig, HeadsetConfig, RingerConfig, WavConfig
from phoneetiquette.config.edge_schema import EdgeConfig, EdgeTlsConfig
from phoneetiquette.config.loader import (
    Inspection,
    InvalidConfigurationError,
    check,
    default_path,
    inspect,
    load,
    main_files,
    told_once,
)
from phoneetiquette.config.message_schema import HooksConfig, MessagesConfig, SmtpConfig, WebhookConfig
from phoneetiquette.config.phones_schema import PhoneConfig, ProvisioningConfig
from phoneetiquette.config.schema import (
    AbsentConfig,
    Config,
    ConsoleConfig,
    ContactsConfig,
    DeadlineConfig,
    LogConfig,
    MeasurementConfig,
    OfficeConfig,
    PickupConfig,
    RecordsConfig,
    SeatConfig,
    SiteConfig,
)
from phoneetiquette.config.score_card_schema import ScoreCardConfig, ThresholdsConfig, WeightsConfig
from phoneetiquette.config.secret import Secret
from phoneetiquette.config.sip_schema import AccountConfig, PortsConfig, SipConfig, TlsConfig
from phoneetiquette.config.wake_up_schema import WakeUpsConfig

__all__ = [
    "AbsentConfig",
    "AccessConfig",
    "AccountConfig",
    "AudioConfig",
    "ButtonsConfig",
    "Config",
    "ConsoleConfig",
    "ContactsConfig",
    "DeadlineConfig",
    "EdgeConfig",
    "EdgeTlsConfig",
    "HeadsetConfig",
    "HooksConfig",
    "Inspection",
    "InvalidConfigurationError",
    "LogConfig",
    "MeasurementConfig",
    "MessagesConfig",
    "OfficeConfig",
    "PageTlsConfig",
    "PhoneConfig",
    "PickupConfig",
    "PortsConfig",
    "ProvisioningConfig",
    "RecordsConfig",
    "RingerConfig",
    "ScoreCardConfig",
    "SeatConfig",
    "Secret",
    "SipConfig",
    "SiteConfig",
    "SmtpConfig",
    "ThresholdsConfig",
    "TlsConfig",
    "WakeUpsConfig",
    "WavConfig",
    "WebhookConfig",
    "WeightsConfig",
    "check",
    "default_path",
    "inspect",
    "load",
    "main_files",
    "told_once",
]
