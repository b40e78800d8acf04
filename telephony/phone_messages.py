"""SIP messages of a phone. Sans I/O: pyVoIP 1.6.8 parses, registers, digests, and writes INVITEs and SDP.

pyVoIP's own phone (threads, sockets, RTP) is not used. Seen on Asterisk 22.10.1, or in its source:
its ACK carries an invented To tag, so that Asterisk ends every call it makes after 32 s; a challenged INVITE is sent
again with the branch of the first; OPTIONS is not understood, so a qualified phone is "unavailable"; any answer but
100, 180, 200, 401, 404, 503 leaves a call dialling for ever; Call-IDs repeat after a restart; audio passes through
8 bits; three polling threads per call. What is corrected is written here; the rest is pyVoIP's.
"""

from __future__ import annotations

import secrets
import warnings
from dataclasses import dataclass

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # pyVoIP imports audioop, deprecated since 3.11
    import pyVoIP.VoIP  # first: its modules import one another in a circle
    from pyVoIP.RTP import PayloadType, TransmitType
    from pyVoIP.SIP import SIPClient, SIPMessage, SIPMessageType, SIPParseError

from telephony.phone_audio import KEY_TYPE

if "OPTIONS" not in pyVoIP.SIPCompatibleMethods:
    pyVoIP.SIPCompatibleMethods.append("OPTIONS")  # the parser refuses what is not in this list

REGISTERED_FOR = 60  # seconds; within the minimum and maximum of asterisk-conf/pjsip.conf
_PCMU = {0: PayloadType.PCMU}
_WITH_KEYS = {**_PCMU, KEY_TYPE: PayloadType.EVENT}


class _Client(SIPClient):
    """pyVoIP's message writer, never started."""

    def gen_call_id(self) -> str:
        return f"{secrets.token_hex(12)}@{self.myIP}"


@dataclass(frozen=True, slots=True)
class Dialog:
    """What every further request of one call needs. ``target`` is the other side's Contact."""

    call_id: str
    target: str
    own: str  # From header of our requests, with our tag
    other: str  # To header of our requests, with their tag


class Received:
    """One parsed message from the PBX. Raises ValueError when it is none."""

    def __init__(self, data: bytes) -> None:
        try:
            self.raw = SIPMessage(data)
            self.call_id: str = self.raw.headers["Call-ID"]
            self.method: str = self.raw.headers["CSeq"]["method"]  # of the request, also in its answers
            self.sequence = int(self.raw.headers["CSeq"]["check"])
        except (SIPParseError, KeyError, IndexError, ValueError, AttributeError, TypeError) as wrong:
            raise ValueError(f"not a SIP message: {wrong}") from wrong
        self.is_request = self.raw.type == SIPMessageType.MESSAGE
        self.status = 0 if self.is_request else int(self.raw.status)

    @property
    def reason(self) -> str:
        """Status and phrase of an answer, e.g. "404 Not Found"."""
        return str(self.raw.heading, "utf8", "replace").partition(" ")[2]

    @property
    def caller(self) -> str:
        """The user part of the From header."""
        return str(self.raw.headers["From"]["number"] or "")

    @property
    def challenges(self) -> bool:
        return self.status == 401 and "WWW-Authenticate" in self.raw.headers

    def audio_address(self) -> tuple[str, int] | None:
        """Where the other side wants its audio, or None without usable SDP."""
        connections, media = self.raw.body.get("c", []), self.raw.body.get("m", [])
        audio = next((one for one in media if one["type"] == "audio" and one["port"]), None)
        return (connections[0]["address"], audio["port"]) if connections and audio else None


class PhoneMessages:
    """Writes what one phone says to one PBX."""

    def __init__(self, *, server: str, server_port: int, username: str, password: str, host: str, port: int) -> None:
        self._client = _Client(server, server_port, username, password, phone=None, myIP=host, myPort=port)  # type: ignore[arg-type]
        self._client.default_expires = REGISTERED_FOR

    def register(self, challenge: Received | None, *, leave: bool) -> str:
        """A REGISTER; with the PBX's ``challenge`` a signed one; ``leave``: forget this phone."""
        if challenge is not None:
            return str(self._client.gen_register(challenge.raw, deregister=leave))
        return str(self._client.gen_first_response(deregister=leave))

    def invite(self, number: str, audio_port: int, challenge: Received | None) -> str:
        """An INVITE; with the PBX's ``challenge`` the same one again, signed, as a new transaction."""
        call_id = challenge.call_id if challenge else self._client.gen_call_id()
        ms = {audio_port: _WITH_KEYS}
        text = str(
            self._client.gen_invite(number, "1", ms, TransmitType.SENDRECV, _branch(), call_id)  # type: ignore[arg-type]
        )
        return text if challenge is None else self._signed(text, challenge)

    def answer(self, invite: Received, audio_port: int) -> str:
        """200 OK with our audio's address."""
        return str(self._client.gen_answer(invite.raw, "1", {audio_port: _PCMU}, TransmitType.SENDRECV))

    def reply(self, request: Received, status: str) -> str:
        """An answer without a body, e.g. "180 Ringing"; in one dialog always with the same tag of ours."""
        headers = request.raw.headers
        tags = self._client.tagLibrary
        tag = headers["To"]["tag"] or tags.setdefault(request.call_id, self._client.gen_tag())
        contact = f"Contact: <sip:{self._client.username}@{self._client.myIP}:{self._client.myPort}>\r\n"
        return (
            f"SIP/2.0 {status}\r\n{self._client._gen_response_via_header(request.raw)}"
            f"From: {headers['From']['raw']};tag={headers['From']['tag']}\r\n"
            f"To: {headers['To']['raw']};tag={tag}\r\nCall-ID: {request.call_id}\r\n"
            f"CSeq: {request.sequence} {request.method}\r\n{contact}"
            f"Allow: {', '.join(pyVoIP.SIPCompatibleMethods)}\r\nContent-Length: 0\r\n\r\n"
        )

    def dialog_of_ours(self, ok: Received) -> Dialog:
        """The dialog that their 200 OK to our INVITE makes."""
        headers = ok.raw.headers
        own = f"{headers['From']['raw']};tag={headers['From']['tag']}"
        other = f"{headers['To']['raw']};tag={headers['To']['tag']}"
        return Dialog(ok.call_id, _uri(headers["Contact"]), own, other)

    def dialog_of_theirs(self, invite: Received) -> Dialog:
        """The dialog that our answer to their INVITE makes."""
        headers = invite.raw.headers
        own = f"{headers['To']['raw']};tag={self._client.tagLibrary[invite.call_id]}"
        other = f"{headers['From']['raw']};tag={headers['From']['tag']}"
        return Dialog(invite.call_id, _uri(headers["Contact"]), own, other)

    def ack(self, dialog: Dialog, sequence: int) -> str:
        """ACK of a 200 OK."""
        return self._request("ACK", dialog.target, _branch(), dialog, sequence)

    def bye(self, dialog: Dialog, sequence: int) -> str:
        return self._request("BYE", dialog.target, _branch(), dialog, sequence)

    def ack_refusal(self, invite: str, refusal: Received) -> str:
        """ACK of any other final answer: it belongs to the INVITE's own transaction."""
        headers = refusal.raw.headers
        tag = f";tag={headers['To']['tag']}" if headers["To"]["tag"] else ""
        own = f"{headers['From']['raw']};tag={headers['From']['tag']}"
        dialog = Dialog(refusal.call_id, "", own, headers["To"]["raw"] + tag)
        return self._request("ACK", _target(invite), _branch_of(invite), dialog, refusal.sequence)

    def cancel(self, invite: str) -> str:
        dialog = Dialog(_header(invite, "Call-ID"), "", _header(invite, "From"), _header(invite, "To"))
        return self._request("CANCEL", _target(invite), _branch_of(invite), dialog, key_of(invite)[2])

    def _request(self, method: str, uri: str, branch: str, dialog: Dialog, sequence: int) -> str:
        via = f"SIP/2.0/UDP {self._client.myIP}:{self._client.myPort};branch={branch};rport"
        return (
            f"{method} {uri} SIP/2.0\r\nVia: {via}\r\nMax-Forwards: 70\r\nFrom: {dialog.own}\r\nTo: {dialog.other}\r\n"
            f"Call-ID: {dialog.call_id}\r\nCSeq: {sequence} {method}\r\nContent-Length: 0\r\n\r\n"
        )

    def _signed(self, invite: str, challenge: Received) -> str:
        given = challenge.raw.authentication
        response = self._client.gen_authorization(challenge.raw).decode("ascii")
        uri = f"sip:{self._client.server};transport=UDP"  # what gen_authorization signs
        line = (
            f'Authorization: Digest username="{self._client.username}",realm="{given["realm"]}",'
            f'nonce="{given["nonce"]}",uri="{uri}",response="{response}",algorithm=MD5'
        )
        return invite.replace("\r\nContent-Length", f"\r\n{line}\r\nContent-Length", 1)


def _branch() -> str:
    return f"z9hG4bK{secrets.token_hex(12)}"


def _header(text: str, name: str) -> str:
    return text.split(f"\r\n{name}: ", 1)[1].split("\r\n", 1)[0]


def _branch_of(invite: str) -> str:
    return _header(invite, "Via").split("branch=", 1)[1].split(";", 1)[0]


def _target(invite: str) -> str:
    return invite.split(" ", 2)[1]


def key_of(request: str) -> tuple[str, str, int]:
    """Call-ID, method and number of a request of ours: what its answers carry too."""
    number, method = _header(request, "CSeq").split(" ", 1)
    return _header(request, "Call-ID"), method, int(number)


def _uri(contact: str) -> str:
    return contact.split("<", 1)[-1].split(">", 1)[0]
