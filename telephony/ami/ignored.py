"""What we subscribe to and ignore, in one place. ``telephony/translate.py`` reads it."""

from __future__ import annotations

IGNORED = frozenset(
    {
        # QueueCallerAbandon comes on withdraw, timeout and leave-when-empty too (app_queue.c): it decides nothing.
        "QueueCallerAbandon",
        # QueueCallerLeave comes before both an answer and a leave; those have their own events.
        "QueueCallerLeave",
        # A channel's life in small steps: what matters of it has its own event. A caller's call begins with our own
        # dialplan's Line102Offered: Newchannel comes before the number has been cleaned.
        "Newchannel",
        "Newstate",
        "Newexten",
        "NewCallerid",
        "NewConnectedLine",
        "NewAccountCode",
        "HangupRequest",
        "SoftHangupRequest",
        "HangupHandlerPush",
        "HangupHandlerPop",
        "HangupHandlerRun",
        "DialBegin",
        "DialState",
        "DialEnd",
        "BridgeCreate",
        "BridgeDestroy",
        "BridgeEnter",
        "BridgeLeave",
        "BridgeMerge",
        "BridgeVideoSourceUpdate",
        "LocalBridge",
        "LocalOptimizationBegin",
        "LocalOptimizationEnd",
        "MusicOnHoldStart",
        "MusicOnHoldStop",
        "Hold",
        "Unhold",
        "VarSet",
        "DTMFBegin",
        "RTCPSent",
        "RTCPReceived",
        "ChannelTalkingStart",
        "ChannelTalkingStop",
        "ChanSpyStart",
        "ChanSpyStop",
        "MixMonitorStop",
        "MixMonitorMute",
        "AsyncAGIStart",
        "AsyncAGIExec",
        "AsyncAGIEnd",
        "Cdr",
        "CEL",
        # Phones: QueueMemberStatus says what we need of them.
        "DeviceStateChange",
        "ExtensionStatus",
        "PresenceStatus",
        "PeerStatus",
        "ContactStatus",
        "ContactStatusDetail",
        "AorDetail",
        "Registry",
        "ChallengeSent",
        "SuccessfulAuth",
        "InvalidPassword",
        "InvalidAccountID",
        "ChallengeResponseFailed",
        "FailedACL",
        "RequestBadFormat",
        # The operators' terms of membership that are not their state.
        "QueueMemberPenalty",
        "QueueMemberRinginuse",
        # Asterisk itself: a restart ends the connection, and the snapshot tells when it began.
        "FullyBooted",
        "Shutdown",
        "Reload",
        "Load",
        "Unload",
        "TestEvent",  # Debian's build carries Asterisk's own test points, in class "reporting"
        "OriginateResponse",
        "BlindTransfer",
        "AttendedTransfer",
    }
)
"""Subscribed to and not used, on purpose. Whatever is neither here nor translated is Unrecognised."""
