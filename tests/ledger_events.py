"""Hypothesis strategies for every class of ``LedgerEvent``, and for courses of calls that look like real ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from line102.call_backs_kinds import CallBackHow, CallBackResult, CallBackWhy
from line102.calls import CallId, OperatorId, QueueName, Side, StayEnd
from line102.desk_kinds import DeskState
from line102.events import (
    Audited,
    CallAnswered,
    CallAssessed,
    CallBackDone,
    CallBackGivenBack,
    CallBackHeard,
    CallBackNeeded,
    CallBackTaken,
    CallBackTried,
    CallCategorised,
    CallEnded,
    CallerCalledAgain,
    CallerJoined,
    CallerLeftQueue,
    CallerRefused,
    CallFlagged,
    CallInterrupted,
    CallLost,
    CallOffered,
    CardWritten,
    CourseEvent,
    FlagDecided,
    FlagDropped,
    GapFound,
    HelpLineLeft,
    LanguageChosen,
    LedgerEvent,
    LegLost,
    Link,
    ModeChanged,
    OfferEnded,
    OfferMade,
    OperatorLeft,
    OperatorRung,
    OperatorStateChanged,
    PlacesFound,
    PriorityChanged,
    PutThrough,
    QuestionAnswered,
    RecordingBegan,
    RecordingSetAside,
    RecordingStored,
    RingNoAnswer,
    SegmentHeard,
    SelfServed,
    SentToHelpLine,
    StretchMissed,
    TranscriptCompleted,
    TranscriptRevised,
    UrgencyRaised,
)
from line102.words import (
    Assessment,
    Coverage,
    Evidence,
    Heard,
    Label,
    Mode,
    OfferEnd,
    PlaceCandidate,
    Segment,
    Stretch,
    Urgency,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ALMATY = timezone(timedelta(hours=5), "Asia/Almaty")

call_ids = st.sampled_from([CallId(f"line102-1789.{n}") for n in range(4)])
operators = st.sampled_from([OperatorId("op1"), OperatorId("op2"), OperatorId("Әсел")])
queues = st.sampled_from([QueueName("102"), QueueName("help")])
instants = st.builds(
    lambda micros, zone: (NOON + timedelta(microseconds=micros)).astimezone(zone),
    st.integers(0, 3_600_000_000),
    st.sampled_from([UTC, ALMATY, timezone(timedelta(hours=-3, minutes=-30))]),
)
spans = st.integers(0, 10 * 86_400_000_000).map(lambda micros: timedelta(microseconds=micros))
offsets = st.integers(0, 20).map(lambda n: timedelta(milliseconds=500 * n, microseconds=n))  # few, so that they repeat
phrases = st.sampled_from(
    ["помогите, горит дом", "Көмектесіңіздер, қайда барамын?", "адрес отделения", "😀", "a\u0000b", ""]
)
texts = st.one_of(phrases, st.text(max_size=20))
confidences = st.floats(0.0, 1.0)


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    start = draw(offsets)
    return Segment(
        side=draw(st.sampled_from(Side)),
        start=start,
        end=start + draw(spans),
        text=draw(texts),
        language=draw(st.sampled_from(["ru", "kk", ""])),
        confidence=draw(confidences),
        model="demo-model@3f2a91c0",
        revision=draw(st.integers(0, 3)),
        final=draw(st.booleans()),
        heard=draw(st.sampled_from(Heard)),
        suppressed=draw(st.none() | texts),
        as_heard=draw(st.none() | texts),
    )


stretches = st.builds(
    lambda side, start, length, reason: Stretch(side=side, start=start, end=start + length, reason=reason),
    st.sampled_from(Side),
    offsets,
    st.sampled_from([timedelta(0), timedelta(seconds=3)]),
    st.sampled_from(["service restarted", "worker lost"]),
)
evidences = st.builds(
    Evidence, words=texts, start=st.integers(0, 50), end=st.integers(0, 90), label=st.sampled_from(Label), because=texts
)
coverages = st.lists(st.sampled_from(Side), unique=True).flatmap(
    lambda sides: st.tuples(
        *(
            st.builds(Coverage, side=st.just(side), speech=spans, text=spans, suppressed=spans, missing=spans)
            for side in Side
            if side in sides
        )
    )
)
assessments = st.builds(
    Assessment,
    label=st.sampled_from(Label),
    confidence=confidences,
    evidence=st.lists(evidences, max_size=3).map(tuple),
    vetoes=st.lists(texts, max_size=3).map(tuple),
    text=texts,
    assessor=st.just("phrases@1"),
    urgency=st.sampled_from(Urgency),
    language=st.sampled_from(["ru", "kk", "mix", ""]),
)
languages = st.sampled_from(["ru", "kk", "mix"])
place_candidates = st.builds(
    PlaceCandidate,
    name=texts,
    house=texts,
    score=confidences,
    words=texts,
    start=st.integers(0, 50),
    end=st.integers(0, 90),
    kind=st.sampled_from(["street", "crossing"]),
    latitude=st.none() | st.floats(-90, 90),
    longitude=st.none() | st.floats(-180, 180),
)

STRATEGIES: dict[type[LedgerEvent], st.SearchStrategy[LedgerEvent]] = {
    CallOffered: st.builds(CallOffered, call_id=call_ids, at=instants, number=texts, dialled=st.just("102")),
    RecordingBegan: st.builds(RecordingBegan, call_id=call_ids, at=instants),
    CallerJoined: st.builds(
        CallerJoined, call_id=call_ids, at=instants, queue=queues, position=st.none() | st.integers(1, 50)
    ),
    CallerRefused: st.builds(
        CallerRefused, call_id=call_ids, at=instants, queue=queues, reason=st.sampled_from(StayEnd)
    ),
    OperatorRung: st.builds(OperatorRung, call_id=call_ids, at=instants, queue=queues, operator_id=operators),
    RingNoAnswer: st.builds(RingNoAnswer, call_id=call_ids, at=instants, operator_id=operators),
    CallAnswered: st.builds(
        CallAnswered, call_id=call_ids, at=instants, operator_id=operators, queue=st.none() | queues
    ),
    OperatorLeft: st.builds(OperatorLeft, call_id=call_ids, at=instants, operator_id=operators),
    LegLost: st.builds(LegLost, call_id=call_ids, at=instants),
    PutThrough: st.builds(
        PutThrough, call_id=call_ids, at=instants, by=operators, to=st.sampled_from(["duty", "op2", "101"])
    ),
    CallerLeftQueue: st.builds(
        CallerLeftQueue, call_id=call_ids, at=instants, queue=queues, reason=st.sampled_from(StayEnd)
    ),
    PriorityChanged: st.builds(PriorityChanged, call_id=call_ids, at=instants, priority=st.integers(-9, 99)),
    CallEnded: st.builds(CallEnded, call_id=call_ids, at=instants, hangup_cause=st.none() | st.integers(0, 127)),
    CallInterrupted: st.builds(CallInterrupted, call_id=call_ids, at=instants),
    CallLost: st.builds(CallLost, call_id=call_ids, at=instants),
    SegmentHeard: st.builds(SegmentHeard, call_id=call_ids, at=instants, segment=segments()),
    StretchMissed: st.builds(StretchMissed, call_id=call_ids, at=instants, stretch=stretches),
    CallAssessed: st.builds(CallAssessed, call_id=call_ids, at=instants, assessment=assessments),
    RecordingStored: st.builds(
        RecordingStored,
        call_id=call_ids,
        at=instants,
        path=texts,
        duration=spans,
        sha256=st.just("ab" * 32),
        repaired=st.booleans(),
        short_by=spans,
    ),
    RecordingSetAside: st.builds(RecordingSetAside, call_id=call_ids, at=instants, path=texts, reason=texts),
    TranscriptCompleted: st.builds(TranscriptCompleted, call_id=call_ids, at=instants, coverage=coverages),
    TranscriptRevised: st.builds(
        TranscriptRevised, call_id=call_ids, at=instants, model=st.sampled_from(["big@1", "big@2"]), coverage=coverages
    ),
    LanguageChosen: st.builds(
        LanguageChosen, call_id=call_ids, at=instants, language=st.sampled_from(["ru", "kk", None])
    ),
    SentToHelpLine: st.builds(SentToHelpLine, call_id=call_ids, at=instants, by=st.sampled_from(["caller", "op1"])),
    SelfServed: st.builds(SelfServed, call_id=call_ids, at=instants),
    PlacesFound: st.builds(
        PlacesFound, call_id=call_ids, at=instants, places=st.lists(place_candidates, max_size=3).map(tuple)
    ),
    UrgencyRaised: st.builds(
        UrgencyRaised, call_id=call_ids, at=instants, urgency=st.sampled_from(Urgency), words=texts
    ),
    CallFlagged: st.builds(
        CallFlagged,
        call_id=call_ids,
        at=instants,
        mode=st.sampled_from(Mode),
        language=languages,
        confidence=confidences,
        words=texts,
        assessor=st.just("triage@1"),
    ),
    FlagDropped: st.builds(FlagDropped, call_id=call_ids, at=instants, because=texts),
    FlagDecided: st.builds(
        FlagDecided, call_id=call_ids, at=instants, by=operators, accepted=st.booleans(), reason=texts
    ),
    OfferMade: st.builds(OfferMade, call_id=call_ids, at=instants, language=languages),
    OfferEnded: st.builds(OfferEnded, call_id=call_ids, at=instants, how=st.sampled_from(OfferEnd), words=texts),
    QuestionAnswered: st.builds(
        QuestionAnswered, call_id=call_ids, at=instants, heard=texts, topic=st.none() | texts, score=confidences
    ),
    HelpLineLeft: st.builds(HelpLineLeft, call_id=call_ids, at=instants, why=texts),
    CallCategorised: st.builds(
        CallCategorised,
        call_id=call_ids,
        at=instants,
        by=operators,
        label=st.sampled_from(Label),
        category=texts,
        audit=st.booleans(),
    ),
    CardWritten: st.builds(
        CardWritten,
        call_id=call_ids,
        at=instants,
        by=st.sampled_from(["op1", "aigul"]),
        version=st.integers(1, 9),
        note=texts,
        place=texts,
        persons=texts,
        follow_up=texts,
    ),
    CallBackNeeded: st.builds(
        CallBackNeeded,
        call_id=call_ids,
        at=instants,
        number=texts,
        offered_at=instants,
        why=st.sampled_from(CallBackWhy),
        urgent=st.booleans(),
        deadline=instants,
    ),
    CallBackTaken: st.builds(CallBackTaken, call_id=call_ids, at=instants, by=operators),
    CallBackGivenBack: st.builds(CallBackGivenBack, call_id=call_ids, at=instants, by=operators),
    CallerCalledAgain: st.builds(CallerCalledAgain, call_id=call_ids, at=instants, again=call_ids),
    CallBackTried: st.builds(
        CallBackTried,
        call_id=call_ids,
        at=instants,
        by=operators,
        attempt=call_ids,
        result=st.sampled_from(CallBackResult),
        talked=st.integers(0, 3_600_000).map(lambda ms: timedelta(milliseconds=ms)),
    ),
    CallBackHeard: st.builds(
        CallBackHeard,
        call_id=call_ids,
        at=instants,
        attempt=call_ids,
        segments=st.lists(segments(), max_size=3).map(tuple),
    ),
    CallBackDone: st.builds(
        CallBackDone, call_id=call_ids, at=instants, by=operators, how=st.sampled_from(CallBackHow)
    ),
    ModeChanged: st.builds(
        ModeChanged,
        at=instants,
        queue=queues,
        language=languages,
        mode=st.sampled_from(Mode),
        by=st.sampled_from(["supervisor", "line102"]),
        reason=texts,
    ),
    OperatorStateChanged: st.builds(
        OperatorStateChanged,
        at=instants,
        operator_id=operators,
        state=st.sampled_from(DeskState),
        reason=texts,
        until=st.none() | instants,
        began=st.none() | instants,
        by=operators,
        wish=st.sampled_from(["off", "ready", "paused"]),
        wish_reason=texts,
    ),
    Audited: st.builds(Audited, at=instants, account=operators, action=texts, object=texts, address=texts),
    GapFound: st.builds(GapFound, at=instants, link=st.sampled_from(Link), began=instants, reason=texts),
}

events: st.SearchStrategy[LedgerEvent] = st.one_of(*STRATEGIES.values())
course_events: st.SearchStrategy[CourseEvent] = st.one_of(
    *(strategy for cls, strategy in STRATEGIES.items() if issubclass(cls, CourseEvent))
)
