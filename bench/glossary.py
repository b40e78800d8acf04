"""What the glossary makes better and what worse: ``python -m bench.glossary``.

1. Confusion model: sentences with names, letters of the names changed as recognisers change them; names wrong before
   and after, per 100.
2. The demo model: the same sentences spoken by synthesised voices through a telephone line with noise, read by the
   real worker; names wrong before and after.
3. Words changed per 1,000 words of ordinary text: the triage corpus (nothing of it was used to build the glossary)
   and sentences below. Every change is printed: a person judges whether it is one.
4. Milliseconds per utterance, with the shipped terms and with 2,000.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from line102.calls import CallId, Side
from line102.ports import Window
from routing.corpus import seed_corpus
from routing.tokens import tokenise
from tests.speech import LINE_RATE_HZ, VOICES, demo_pool, over_the_line, speak
from transcription.glossary import SHIPPED, Glossary
from transcription.glossary_file import Term, read_terms
from transcription.glossary_protected import shipped

# {p}: a place of the glossary as it stands there.
FRAMES = {
    "ru": (
        "улица {p} дом {n}",
        "на {p} драка приезжайте",
        "я стою на углу {p} и дороги",
        "адрес {p} {n}",
        "авария на проспекте {p}",
        "записывайте {p} {n} квартира {n}",
        "мы на {p} возле магазина",
        "{p} {n} второй подъезд",
    ),
    "kk": (
        "{p} көшесі {n} үй",
        "{p} даңғылында төбелес болып жатыр",
        "мекенжай {p} көшесі {n}",
        "мен {p} көшесінде тұрмын",
        "{p} көшесінің бұрышында апат болды",
        "{p} {n} үй екінші подъезд",
    ),
}
NUMBERS = {"ru": ("пять", "двенадцать", "сорок", "сто"), "kk": ("бес", "он екі", "қырық", "жүз")}
# How recognisers of Russian and Kazakh misspell names they do not know: (letters, what is written for them).
CONFUSIONS = (
    *(("о", "а"), ("а", "о"), ("е", "и"), ("и", "е"), ("я", "е"), ("ы", "и"), ("ю", "у"), ("й", ""), ("ь", "")),
    *(
        ("б", "п"),
        ("п", "б"),
        ("д", "т"),
        ("т", "д"),
        ("г", "к"),
        ("к", "г"),
        ("з", "с"),
        ("с", "з"),
        ("ж", "ш"),
        ("в", "ф"),
    ),
    *(
        ("лл", "л"),
        ("нн", "н"),
        ("қ", "к"),
        ("ғ", "г"),
        ("ң", "н"),
        ("ө", "о"),
        ("ұ", "у"),
        ("ү", "у"),
        ("і", "и"),
        ("ә", "а"),
    ),
    *(("м", "н"), ("н", "м"), ("р", "л"), ("х", "к"), ("о", "у"), ("у", "о"), ("ч", "ш")),
)
ORDINARY = {
    "ru": (
        "вчера вечером мы ходили в гости к бабушке и забыли там зонт",
        "ребёнок упал с велосипеда и сильно ударился головой",
        "у меня во дворе стоит чужая машина уже третий день",
        "сосед сверху сверлит стену каждое воскресенье с утра",
        "скажите пожалуйста где можно получить справку для работы",
        "мой брат поехал на рыбалку и не отвечает на звонки",
        "в магазине продавщица не отдала мне сдачу и накричала",
        "на остановке лежит мужчина и тяжело дышит",
        "мы живём на пятом этаже и чувствуем запах гари",
        "кошка залезла на дерево и не может слезть",
        "меня зовут Марина Сергеевна я звоню из поликлиники",
        "моя фамилия Жандасов имя Ержан я учитель",
        "сын ушёл утром в школу и до сих пор не вернулся",
        "на рынке у меня вытащили кошелёк с деньгами и картой",
        "около аптеки двое мужчин бьют третьего ногами",
        "подскажите до скольки принимает инспектор по делам несовершеннолетних",
        "самолёт опоздал и мы приехали только под утро",
        "в парке кто-то разбил все фонари и скамейки",
    ),
    "kk": (
        "кеше кешке біз әжеме қонаққа бардық та сол жерде қолшатырымды ұмытып кеттім",
        "балам велосипедтен құлап басын соғып алды",
        "ауламызда бөтен көлік үш күннен бері тұр",
        "көршіміз жексенбі сайын таңертеңнен қабырға тесіп жатады",
        "айтыңызшы жұмысқа анықтаманы қайдан алуға болады",
        "інім балыққа кетіп еді телефонын көтермей жатыр",
        "дүкенші маған қайтарым ақшамды бермей айқайлап жіберді",
        "аялдамада бір ер адам жатыр әрең дем алып жатыр",
        "біз бесінші қабатта тұрамыз күйік иісі шығып жатыр",
        "менің атым Айгүл мен емханадан телефон соғып тұрмын",
        "ұлым таңертең мектепке кетіп әлі келген жоқ",
        "базарда қалтамнан ақшам мен картамды ұрлап кетті",
    ),
}


def named(language: str, count: int, rng: random.Random) -> Iterator[tuple[str, str]]:
    """(sentence, the name in it) of the shipped places."""
    places = [t.text for path in SHIPPED for t in read_terms(path) if t.language == language and t.place]
    for _ in range(count):
        place = rng.choice(places)
        frame = rng.choice(FRAMES[language])
        yield frame.replace("{p}", place).replace("{n}", rng.choice(NUMBERS[language])), place


def misspelt(name: str, errors: int, rng: random.Random) -> str:
    """``name`` in small letters with so many confusions, of those that can happen to it."""
    written = name.lower()
    for _ in range(errors):
        possible = [(one, other) for one, other in CONFUSIONS if one in written]
        if possible:
            one, other = rng.choice(possible)
            places = [at for at in range(len(written)) if written.startswith(one, at)]
            at = rng.choice(places)
            written = written[:at] + other + written[at + len(one) :]
    return written


def stands(name: str, text: str) -> bool:
    """Whether the name, with any ending, stands in the text: letters of Kazakh and Russian spelling count as one."""
    wanted = " ".join(token.word for token in tokenise(name))
    stem = wanted[:-1] if len(wanted) > 5 and wanted[-1] in "ая" else wanted
    return f" {stem}" in " " + " ".join(token.word for token in tokenise(text))


def _row(before: int, after: int, worse: int, count: int) -> str:
    return f"{100 * before / count:.1f} → {100 * after / count:.1f} ({100 * worse / count:.1f})"


def confusion_run(glossary: Glossary, count: int) -> None:
    print("names wrong per 100, before → after (changed into another name)")
    for language in ("ru", "kk"):
        for errors in (1, 2, 3):
            rng = random.Random(errors)
            before = after = worse = 0
            for sentence, name in named(language, count, rng):
                heard = sentence.replace(name, misspelt(name, errors, rng))
                corrected = glossary.correct(heard, language)
                before += not stands(name, heard)
                after += not stands(name, corrected.text)
                worse += bool(corrected.changes) and not stands(name, corrected.text)
            print(f"  {language}, {errors} confusions: {_row(before, after, worse, count)}")


def ordinary_run(glossary: Glossary) -> None:
    print("words changed in ordinary text")
    corpus = [(line.text, language) for line in seed_corpus() for language in ("ru", "kk")]
    own = [(text, language) for language, texts in ORDINARY.items() for text in texts]
    for what, texts in (("triage corpus, read as either language", corpus), ("sentences of bench.glossary", own)):
        words = sum(len(text.split()) for text, _ in texts)
        changes = [change for text, language in texts for change in glossary.correct(text, language).changes]
        print(f"  {what}: {len(changes)} of {words} words, {1000 * len(changes) / words:.2f} per 1,000")
        for change in changes:
            print(f"    {change.heard} → {change.term} ({change.score})")


def speed_run(glossary: Glossary, count: int) -> None:
    rng = random.Random(1)
    syllables = [a + b for a in "бвгдзклмнпрст" for b in "аоуеи"]
    terms = [t for path in SHIPPED for t in read_terms(path)]
    invented = {"".join(rng.choices(syllables, k=rng.randint(3, 5))) for _ in range(2000)}
    many = Glossary(
        [*terms, *(Term(text=t.capitalize(), language="ru", place=True) for t in sorted(invented))], shipped()
    )
    texts = [line.text for line in seed_corpus()]
    texts += [s.replace(n, misspelt(n, 1, rng)) for s, n in named("ru", count, rng)]
    for what, one in (("shipped terms", glossary), ("with 2,000 more", many)):
        times = []
        for text in texts:
            began = time.thread_time()
            one.correct(text, "ru")
            times.append(1000 * (time.thread_time() - began))
        cuts = statistics.quantiles(times, n=100)
        print(f"CPU ms per utterance, {what}: p50 {cuts[49]:.2f}, p95 {cuts[94]:.2f}, p99 {cuts[98]:.2f}")


def window(samples: NDArray[np.int16], language: str) -> Window:
    """A final window of telephone speech at 8 kHz."""
    wide = soxr.resample(samples.astype(np.float32), LINE_RATE_HZ, 16000)
    return Window(
        call_id=CallId("bench"),
        side=Side.CALLER,
        start=timedelta(0),
        end=timedelta(seconds=len(samples) / LINE_RATE_HZ),
        revision=1,
        final=True,
        language=language,
        samples=np.clip(wide, -32768, 32767).astype(np.int16),
        due_in=timedelta(seconds=60),
    )


async def heard_run(glossary: Glossary, count: int, noises: tuple[float, ...]) -> None:
    """``noises``: standard deviation of white noise on the line, full scale 1.0 (speech peaks at 0.3)."""
    print("spoken, read by the demo model: names wrong per 100, before → after (changed into another name)")
    with tempfile.TemporaryDirectory(prefix="line102-") as folder:
        async with demo_pool(Path(folder)) as pool:
            for language in ("ru", "kk"):
                for noise in noises:
                    rng = random.Random(7)
                    before = after = worse = 0
                    for sentence, name in named(language, count, rng):
                        clean = speak(
                            sentence, language, voice=rng.choice(VOICES), words_per_minute=rng.randint(140, 190)
                        )
                        samples = over_the_line(
                            (clean / 32768).astype(np.float32), noise=noise, seed=rng.randrange(1000)
                        )
                        heard = (await pool.recognise(window(samples, language))).text
                        corrected = glossary.correct(heard, language)
                        wrong, still = not stands(name, heard), not stands(name, corrected.text)
                        before, after, worse = (
                            before + wrong,
                            after + still,
                            worse + (bool(corrected.changes) and still),
                        )
                        for change in corrected.changes:
                            print(f"    {name}: {heard!r}: {change.heard} → {change.term}{' WRONG' * still}")
                    print(f"  {language}, noise {noise}: {_row(before, after, worse, count)}")


def main() -> None:
    parser = argparse.ArgumentParser(description="What the glossary makes better and what worse.")
    parser.add_argument("--sentences", type=int, default=500, help="of the confusion model, per row")
    parser.add_argument("--spoken", type=int, default=100, help="sentences through the demo model, per row; 0: none")
    given = parser.parse_args()
    glossary = Glossary.read()
    confusion_run(glossary, given.sentences)
    ordinary_run(glossary)
    speed_run(glossary, given.sentences)
    if given.spoken:
        asyncio.run(heard_run(glossary, given.spoken, (0.001, 0.02)))


if __name__ == "__main__":
    main()
