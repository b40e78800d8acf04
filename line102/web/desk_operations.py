"""The desk's own addresses in the published document: what is known about a call, and what comes after it."""

from __future__ import annotations

from line102.web.answers_schemas import SuggestedAnswersOut
from line102.web.call_backs_schemas import CallBackIn, CallBacksOut
from line102.web.card_schemas import CardChangedOut, CardIn, CardSavedOut
from line102.web.listen_api import LastQuery
from line102.web.numbers_schemas import NumberCallsOut, NumberCallsQuery
from line102.web.operation import CHANGES, Operation
from line102.web.places_schemas import PlaceChoicesOut, PlacesQuery
from line102.web.today_schemas import TodayOut
from line102.web.try_words_schemas import TryWordsOut

DESK_OPERATIONS = (
    Operation(
        path="/api/calls/{call_id}/card",
        summary="Write the whole card of a call, over the version that the page shows; 409 with what stands",
        answer=CardSavedOut,
        method="put",
        body=CardIn,
        errors=(*CHANGES, 503),
        other={409: CardChangedOut},
    ),
    Operation(
        path="/api/calls/{call_id}/recording/last",
        summary="The last seconds of a recording that is still being written: stereo WAV, caller left",
        answer="audio/wav",
        query=LastQuery,
        errors=(400, 403, 404, 503),
    ),
    Operation(
        path="/api/calls/{call_id}/answers",
        summary="What the knowledge base has for the caller's words so far",
        answer=SuggestedAnswersOut,
        errors=(404, 503),
    ),
    Operation(
        path="/api/numbers/{number}/calls",
        summary="Earlier calls of a number in any of its spellings, newest first",
        answer=NumberCallsOut,
        query=NumberCallsQuery,
        errors=(400, 503),
    ),
    Operation(
        path="/api/places",
        summary="Places for what was typed so far",
        answer=PlaceChoicesOut,
        query=PlacesQuery,
        errors=(400,),
    ),
    Operation(path="/api/call-backs", summary="Callers who must be called back", answer=CallBacksOut),
    Operation(
        path="/api/call-backs/{call_id}",
        summary="Take a call-back, give it back, or say how it ended",
        answer=None,
        method="post",
        body=CallBackIn,
        errors=(*CHANGES, 503),
    ),
    Operation(
        path="/api/call-backs/{call_id}/call",
        summary="Ring one's own phone, then the number; takes the call-back",
        answer=None,
        method="post",
        errors=(403, 404, 409, 503),
    ),
    Operation(
        path="/api/call-backs/{call_id}/tries/{attempt}/recording",
        summary="What was said: stereo WAV, who was called left, operator right; Range requests are answered",
        answer="audio/wav",
        errors=(403, 404),
    ),
    Operation(
        path="/api/call-backs/{call_id}/tries/{attempt}/words",
        summary="What was said, in words; 404 until they are there",
        answer=TryWordsOut,
        errors=(404, 503),
    ),
    Operation(
        path="/api/desk/today",
        summary="One's own figures since midnight",
        answer=TodayOut,
        errors=(403, 503),
    ),
)
