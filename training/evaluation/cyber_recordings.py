"""The captures of real traffic that are judged, each with its label.

A label is of a whole capture: of its name, of its README, or of what is in it.
"""

from dataclasses import dataclass
from typing import Literal

Label = Literal["attack", "normal", "mixed", "unclear"]


@dataclass(frozen=True, slots=True)
class Capture:
    """A recording and what is known of it."""

    entry: str
    """Of the catalog."""
    path: str
    scheme: str
    label: Label
    what: str = ""
    """What is in it."""


def _slips(path: str, scheme: str, label: Label, what: str) -> Capture:
    return Capture("slips-captures", path, scheme, label, what)


def _ndpi(name: str, label: Label, what: str = "") -> Capture:
    return Capture("ndpi-captures", f"pcap/{name}", "pcap", label, what)


def _modbus(name: str, label: Label, what: str) -> Capture:
    return Capture("modbus-captures", name, "pcap", label, what)


CAPTURES: tuple[Capture, ...] = (
    _slips("port-scans/horizontal", "zeek", "attack", "scan"),
    _slips("port-scans/vertical", "zeek", "attack", "scan"),
    _slips("test11-portscan.binetflow", "binetflow", "attack", "scan"),
    _slips("test12-icmp-portscan.pcap", "pcap", "attack", "scan"),
    _slips("test13-malicious-dhcpscan-zeek-dir", "zeek", "attack", "DHCP scan"),
    # By its README: nmap's ssh-brute with 40 passwords, port 902.
    _slips("test19-malicious-ssh/malicious-ssh-bruteforce.pcap", "pcap", "attack", "bruteforce"),
    _slips("test-cc/test-cc-capture-1.pcap", "pcap", "attack", "command and control"),
    _slips("test-cc/test-cc-capture-2.pcap", "pcap", "attack", "command and control"),
    _slips("test1-malicious.nfdump", "binetflow", "attack", "malicious"),
    _slips("test2-malicious.binetflow", "binetflow", "attack", "malicious"),
    _slips("test6-malicious.suricata.json", "eve", "attack", "malicious"),
    _slips("test7-malicious.pcap", "pcap", "attack", "malicious"),
    _slips("test5-mixed.binetflow", "binetflow", "mixed", "malware and background"),
    _slips("test9-mixed-zeek-dir", "zeek", "mixed", "mixed"),
    _slips("test10-mixed-zeek-dir", "zeek", "mixed", "mixed"),
    # Modbus: by the function codes in them.
    _modbus("modbus_test_data_part1.pcap", "attack", "diagnostics that silence and restart"),
    _modbus("modbus_test_data_part2.pcap", "attack", "all function codes in turn"),
    _modbus("ModbusTCP.pcap", "normal", "control system"),
    _modbus("mb2.pcap", "normal", "control system"),
    _modbus("Modbus/modbus_test.pcap", "normal", "laboratory"),
    _modbus("Modbus/modbus_test_2.pcap", "normal", "laboratory"),
    _ndpi("WebattackRCE.pcap", "attack", "requests that run commands"),
    _ndpi("WebattackSQLinj.pcap", "attack", "SQL injection"),
    _ndpi("log4j-webapp-exploit.pcap", "attack", "log4j, and a shell"),
    _ndpi("malware.pcap", "attack", "malware"),
    _ndpi("trickbot.pcap", "attack", "malware"),
    _ndpi("tls_malicious_sha1.pcapng", "attack", "certificate of malware"),
    _ndpi("icmp-tunnel.pcap", "attack", "tunnel"),
    _ndpi("malformed_dns.pcap", "attack", "malformed DNS"),
    _ndpi("psiphon3.pcap", "unclear", "evades censorship"),
    _ndpi("bot.pcap", "unclear", "a search engine's, by its address"),
    *(
        _ndpi(name, "normal", "protocol")
        for name in (
            "IEC104.pcap", "coap_mqtt.pcap", "dnp3.pcap", "dos_win98_smb_netbeui.pcap",
            "iec60780-5-104.pcap", "mqtt.pcap", "mysql.pcapng", "opc-ua.pcap", "rtp.pcapng",
            "rtsp_setup_http.pcapng", "s7comm-plus.pcap", "sip.pcap", "ssh.pcap",
            "ssh_unidirectional.pcap", "ubntac2.pcap",
        )
    ),
)  # fmt: skip
