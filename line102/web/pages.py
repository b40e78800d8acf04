"""The few pages that are not the console: signing in, choosing a password by a one-time link, a console not built.

They work without JavaScript. Russian, Kazakh, English: whoever stands before a closed door may read any of them.
"""

from __future__ import annotations

from html import escape
from typing import Literal

from aiohttp import web

Entry = Literal[
    "ask",
    "wrong",
    "locked",
    "set_up",
    "password",
    "sign_in",
    "weak_password",
    "differ",
    "bad_name",
    "link_used",
    "oidc_away",
    "oidc_refused",
    "oidc_stranger",
    "not_built",
]
Three = tuple[str, str, str]

TEXTS: dict[Entry, tuple[Three, Three]] = {
    "ask": (
        ("Вход", "Кіру", "Sign in"),
        (
            "Имя и пароль даёт администратор вашего центра.",
            "Атау мен құпиясөзді орталығыңыздың әкімшісі береді.",
            "Your centre's administrator gives you the name and the password.",
        ),
    ),
    "wrong": (
        ("Имя или пароль не подошли", "Атау немесе құпиясөз сәйкес келмеді", "Name or password is not right"),
        (
            "Проверьте раскладку клавиатуры. Новый пароль даёт администратор.",
            "Пернетақта тілін тексеріңіз. Жаңа құпиясөзді әкімші береді.",
            "Check the keyboard's language. An administrator gives a new password.",
        ),
    ),
    "locked": (
        ("Слишком много попыток", "Тым көп әрекет жасалды", "Too many attempts"),
        (
            "С этого адреса можно войти снова через минуту.",
            "Бұл мекенжайдан бір минуттан кейін қайта кіруге болады.",
            "From this address you can try again in a minute.",
        ),
    ),
    "set_up": (
        ("Первый администратор", "Бірінші әкімші", "The first administrator"),
        (
            "Выберите имя (латинские буквы и цифры) и пароль не короче 10 знаков. Остальных людей вы добавите на"
            " странице «Учётные записи».",
            "Атауды (латын әріптері мен цифрлар) және кемінде 10 таңбадан тұратын құпиясөзді таңдаңыз. Басқа адамдарды"
            " «Есептік жазбалар» бетінде қосасыз.",
            "Choose a name (small Latin letters and digits) and a password of at least 10 characters. You add everybody"
            " else on the page Accounts.",
        ),
    ),
    "password": (
        ("Выберите пароль", "Құпиясөзді таңдаңыз", "Choose a password"),
        (
            "Не короче 10 знаков. Знать его будете только вы.",
            "Кемінде 10 таңба. Оны тек өзіңіз білесіз.",
            "At least 10 characters. Nobody else will know it.",
        ),
    ),
    "sign_in": (
        ("Одноразовая ссылка", "Бір реттік сілтеме", "A one-time link"),
        (
            "Она откроет консоль один раз.",
            "Ол консольді бір рет ашады.",
            "It opens the console once.",
        ),
    ),
    "weak_password": (
        ("Пароль слишком простой", "Құпиясөз тым қарапайым", "The password is too simple"),
        (
            "Не короче 10 знаков, хотя бы пять разных, без имени учётной записи.",
            "Кемінде 10 таңба, кемінде бес түрлі таңба, есептік жазба атауынсыз.",
            "At least 10 characters, five of them different, without the account's name.",
        ),
    ),
    "differ": (
        ("Пароли не совпали", "Құпиясөздер бірдей емес", "The two passwords differ"),
        ("Введите его ещё раз.", "Оны қайта енгізіңіз.", "Type it again."),
    ),
    "bad_name": (
        ("Такое имя не годится", "Мұндай атау жарамайды", "That name cannot be used"),
        (
            "Начните с латинской буквы: строчные буквы, цифры, точка, дефис; имя не должно быть занято.",
            "Латын әрпінен бастаңыз: кіші әріптер, цифрлар, нүкте, сызықша; атау бос болуы керек.",
            "Begin with a small Latin letter: letters, digits, dot, hyphen; nobody else may have it.",
        ),
    ),
    "link_used": (
        ("Ссылка больше не действует", "Сілтеме енді жарамайды", "This link no longer works"),
        (
            "Она действует 15 минут и один раз. Новую даёт администратор, или на сервере: line102 accounts link ИМЯ.",
            "Ол 15 минут және бір рет қана жарамды. Жаңасын әкімші береді немесе серверде: line102 accounts link АТАУ.",
            "It works once, for 15 minutes. Ask an administrator for another, or on the server:"
            " line102 accounts link NAME.",
        ),
    ),
    "oidc_away": (
        ("Служба входа не отвечает", "Кіру қызметі жауап бермейді", "The sign-in service does not answer"),
        (
            "Войдите по имени и паролю; их даёт администратор.",
            "Атау мен құпиясөз арқылы кіріңіз; оларды әкімші береді.",
            "Sign in with name and password; an administrator gives them.",
        ),
    ),
    "oidc_refused": (
        ("Войти не удалось", "Кіру мүмкін болмады", "Signing in did not work"),
        (
            "Попробуйте ещё раз. Если не получится, причина есть в журнале службы.",
            "Қайталап көріңіз. Болмаса, себебі қызмет журналында жазылған.",
            "Try again. If it goes on, the service's log has the reason.",
        ),
    ),
    "oidc_stranger": (
        ("Учётной записи нет", "Есептік жазба жоқ", "There is no account"),
        (
            "Вас узнали, но доступа здесь у вас нет. Его даёт администратор: ваш идентификатор в журнале действий.",
            "Сізді таныдық, бірақ мұнда рұқсатыңыз жоқ. Оны әкімші береді: идентификаторыңыз әрекеттер журналында.",
            "You are known, but have no access here. An administrator gives it: the audit has your identifier.",
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
body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 10vh auto; padding: 0 1rem; }
h1 { font-size: 1.15rem; margin: 1.2rem 0 .2rem; }
p { margin: 0; opacity: .85; }
form { margin-top: 2rem; display: grid; gap: .8rem; }
label { display: grid; gap: .2rem; }
input { font: inherit; padding: .5rem .7rem; }
.other { margin-top: 1.5rem; }
button { font: inherit; padding: .6rem 1rem; justify-self: start; }
"""
NAME = (
    '<label>Имя · Атау · Name<input name="name" autocomplete="username" autocapitalize="none" autofocus required>'
    "</label>"
)
CURRENT = (
    '<label>Пароль · Құпиясөз · Password<input name="password" type="password" autocomplete="current-password"'
    " required></label>"
)
CHOSEN = (
    '<label>Пароль · Құпиясөз · Password<input name="password" type="password" autocomplete="new-password" required>'
    '</label><label>Ещё раз · Тағы бір рет · Again<input name="again" type="password" autocomplete="new-password"'
    " required></label>"
)
FIELDS: dict[Entry, str] = {"ask": NAME + CURRENT, "set_up": NAME + CHOSEN, "password": CHOSEN, "sign_in": ""}


OIDC = (
    '<p class="other"><a href="/enter/oidc">Войти через службу центра · Орталық қызметі арқылы кіру'
    " · The centre's sign-in</a></p>"
)


def entry_page(
    status: int, which: Entry, *, form: Entry | None = None, once: str = "", oidc: bool = False
) -> web.Response:
    """``which`` says what happened; ``form``: the fields under it. ``once``: the link's token, sent back with them."""
    heads, bodies = TEXTS[which]
    parts = [
        f'<section lang="{lang}"><h1>{head}</h1><p>{body}</p></section>'
        for lang, head, body in zip(("ru", "kk", "en"), heads, bodies, strict=True)
    ]
    return _page(status, f"{''.join(parts)}{_form(form, once)}{OIDC if oidc else ''}")


def onward_page(path: str) -> web.Response:
    """Goes to ``path`` by itself, as a step that begins on our own page."""
    link = f'<p><a href="{escape(path)}">Дальше · Әрі қарай · Continue</a></p>'
    return _page(200, link, head=f'<meta http-equiv="refresh" content="0;url={escape(path)}">')


def _page(status: int, body: str, *, head: str = "") -> web.Response:
    html = (
        '<!doctype html><html lang="ru"><head><meta charset="utf-8"><title>line102</title>'
        f'<meta name="viewport" content="width=device-width">{head}<style>{STYLE}</style></head>'
        f"<body><main>{body}</main></body></html>"
    )
    return web.Response(status=status, text=html, content_type="text/html")


def _form(form: Entry | None, once: str) -> str:
    if form is None:
        return ""
    hidden = f'<input type="hidden" name="once" value="{escape(once)}">' if once else ""
    return f'<form method="post" action="/enter">{hidden}{FIELDS[form]}<button>Войти · Кіру · Enter</button></form>'
