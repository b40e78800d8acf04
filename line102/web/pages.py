"""The few pages that are not the console: asking for the key, refusing it, and a console that was not built."""

from __future__ import annotations

from typing import Literal

from aiohttp import web

Entry = Literal["ask", "wrong", "closed", "not_built"]

# Russian, Kazakh, English: whoever stands before a closed door may read any of them.
TEXTS: dict[Entry, tuple[tuple[str, str, str], tuple[str, str, str]]] = {
    "ask": (
        ("Нужен ключ консоли", "Консоль кілті қажет", "The console key is needed"),
        (
            "Ключ печатает служба при запуске: line102 run. Вставьте его сюда или откройте ссылку целиком.",
            "Кілтті қызмет іске қосылғанда шығарады: line102 run. Оны осында қойыңыз немесе сілтемені толық ашыңыз.",
            "The service prints the key when it starts: line102 run. Paste it here, or open the whole link.",
        ),
    ),
    "wrong": (
        ("Ключ не подошёл", "Кілт сәйкес келмеді", "That is not the key"),
        (
            "Проверьте, что ссылка скопирована целиком. После смены ключа старая ссылка не действует.",
            "Сілтеме толық көшірілгенін тексеріңіз. Кілт ауысқаннан кейін ескі сілтеме жарамайды.",
            "Check that the link was copied whole. After the key has changed, an old link no longer works.",
        ),
    ),
    "closed": (
        ("Слишком много попыток", "Тым көп әрекет жасалды", "Too many attempts"),
        (
            "С этого адреса ключ можно ввести снова через минуту.",
            "Бұл мекенжайдан кілтті бір минуттан кейін қайта енгізуге болады.",
            "From this address the key can be entered again in a minute.",
        ),
    ),
    "not_built": (
        ("Страница ещё не собрана", "Бет әлі жиналмаған", "The page has not been built yet"),
        (
            "Служба работает, звонки идут. Соберите консоль: setup/console.sh build.",
            "Қызмет жұмыс істеп тұр, қоңыраулар қабылдануда. Консольді жинаңыз: setup/console.sh build.",
            "The service runs and calls go on. Build the console: setup/console.sh build.",
        ),
    ),
}

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto; padding: 0 1rem; }
h1 { font-size: 1.15rem; margin: 1.6rem 0 .2rem; }
p { margin: 0; opacity: .8; }
form { margin-top: 2rem; display: flex; gap: .5rem; }
input { flex: 1; font: inherit; padding: .5rem .7rem; }
button { font: inherit; padding: .5rem 1rem; }
"""
FORM = (
    '<form method="post" action="/enter"><input name="key" type="password" autocomplete="off" autofocus '
    'aria-label="Ключ · Кілт · Key"><button>Войти · Кіру · Enter</button></form>'
)


def entry_page(status: int, which: Entry) -> web.Response:
    heads, bodies = TEXTS[which]
    parts = [
        f'<section lang="{lang}"><h1>{head}</h1><p>{body}</p></section>'
        for lang, head, body in zip(("ru", "kk", "en"), heads, bodies, strict=True)
    ]
    form = FORM if which in ("ask", "wrong") else ""
    html = (
        '<!doctype html><html lang="ru"><head><meta charset="utf-8"><title>line102</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>'
        f"<body>{''.join(parts)}{form}</body></html>"
    )
    return web.Response(status=status, text=html, content_type="text/html")
