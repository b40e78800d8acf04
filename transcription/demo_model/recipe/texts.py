"""What synthetic callers say besides the grammar: corpus utterances, free sentences, words of large lists, mixed Russian and Kazakh.

Wide(sources, corpus).item(rng) -> (kind, language, [(voice language, words)], text).  Words as spoken, letters and '-' only, like grammar.py.
Held out, for ever (the rules are the lists): corpus lines whose number ends in 3 or 8; every word form whose MD5 begins so (HELD_WORDS) unless the
grammar, the trained corpus lines or the 600 commonest words have it; every free sentence with such a word, and one in thirty of the others.
"""
import hashlib, json, os, random, re
import grammar

RU, KK = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "әғқңөұүһі"
WORD = re.compile(f"^[{RU}{KK}]+(-[{RU}{KK}]+)*$")
HELD_WORDS = 10                                     # of 256
PINNED = {"ru": ["Муж угрожает мне ножом.", "Мне страшно помогите.", "Улица Абая дом двадцать.", "У него пистолет.", "Слышны выстрелы во дворе.",
                 "Пришлите полицию пожалуйста.", "Стреляют возле магазина.", "Полиция слушаю вас.", "Назовите ваш адрес.", "Ждите наряд выехал.",
                 "Как подать заявление о краже?"],
          "kk": ["Анықтаманы қалай алуға болады.", "Мекенжайым Абай көшесі жиырма үй."]}
"""Sentences that tests and demonstrations of the project rely on: in the grammar's domain, and trained on (1 %)."""


def digest(t):
    return hashlib.md5(t.encode()).digest()[0]


def number(n):
    """0 <= n < 1 000 000 in Russian words, as read aloud."""
    if n >= 1000: return (number(n // 1000) + " тысяч " + (grammar.num_ru(n % 1000) if n % 1000 else "")).strip()
    return grammar.num_ru(n) if n else "ноль"


def words(line):
    """Lower-case words, or None where something cannot be spoken (Latin, signs)."""
    line = re.sub(r"\d[\d ]*\d|\d", lambda m: " " + number(min(999999, int(m.group().replace(" ", "")))) + " ", line)
    line = re.sub(r"\s[-–—]+\s|[,.!?:;…\"«»„“”()]", " ", " " + line + " ").lower().split()
    return line if line and all(WORD.match(w) for w in line) else None


class Wide:
    def __init__(s, sources, corpus):
        gr = {w.lower(): w for l in ("ru", "kk") for w in grammar.vocab(l)[0]}
        low = {w for l in ("ru", "kk") for w in grammar.vocab(l)[0] if w == w.lower()}
        s.cap = {k: w for k, w in gr.items() if k not in low}           # names and streets: as the grammar writes them
        s.corpus, s.corpus_held = [], []
        for l in open(corpus):
            d = json.loads(l); t = words(re.sub(r"\[[^\]]*\]", " ", d["text"]))
            if t and len(t) > 1: (s.corpus_held if d["id"][-1] in "38" else s.corpus).append((d["lang"], t))
        known = set(gr) | {w for _, t in s.corpus for w in t}
        import wordfreq
        top = wordfreq.top_n_list("ru", 400000, "large")
        known |= set(top[:600])
        s.held = lambda w: digest(w) < HELD_WORDS and w not in known and len(w) > 2
        rank = {w: i for i, w in enumerate(top)}
        ru = [w for w in top[:150000] if WORD.match(w) and not set(w) & set(KK) and (len(w) > 2 or rank[w] < 400)]
        s.held_list = {"ru": [w for w in ru if s.held(w)]}
        ru = [w for w in ru if not s.held(w)]
        s.list = {"ru": (ru, [wordfreq.word_frequency(w, "ru") ** .4 for w in ru])}
        c = {}
        for l in open(f"{sources}/kaz.words"):
            w = l.strip(); k = w.lower(); c[k] = c.get(k, 0) + 1          # in how many of the three cases the list has it: a hint of frequency
        for l in open(f"{sources}/kk.dic"): c[l.strip().lower()] = c.get(l.strip().lower(), 0) + 1
        kk = [w for w in c if WORD.match(w) and 2 < len(w) < 19 and "-" not in w and (set(w) & set(KK) or rank.get(w, 10 ** 6) > 60000)]
        s.held_list["kk"] = [w for w in kk if s.held(w)]; kk = [w for w in kk if not s.held(w)]
        s.list["kk"] = (kk, [c[w] ** 1.5 * (1 if len(w) < 12 else .4) for w in kk])
        for l in ("ru", "kk"):
            tot, cum = 0, []
            for w in s.list[l][1]: tot += w; cum.append(tot)
            s.list[l] = (s.list[l][0], cum)
        s.free = {l: [] for l in ("ru", "kk")}; s.free_held = {l: [] for l in s.free}; s.free_unknown = {l: [] for l in s.free}
        seen = set()
        for l, t in s.sentences(sources):
            k = " ".join(t)
            if k in seen: continue
            seen.add(k)
            if any(s.held(w) for w in t): s.free_unknown[l].append(t)
            elif digest("s" + k) < 9: s.free_held[l].append(t)
            else: s.free[l].append(t)
        s.chain = {l: {} for l in s.free}
        for l, t in [("ru" if l == "mix" else l, t) for l, t in s.corpus] + [(l, t) for l in s.free for t in s.free[l]]:
            for a, b in zip(t, t[1:]): s.chain[l].setdefault(a, []).append(b)
        kkset = {w for l, t in s.corpus if l == "kk" for w in t} | {w.lower() for w in grammar.vocab("kk")[0]}
        s.is_kk = lambda w: bool(set(w) & set(KK)) or (w in kkset and rank.get(w, 10 ** 6) > 3000) or rank.get(w, 10 ** 6) > 250000

    def sentences(s, sources):
        f = re.sub(r"\n\s*--[^\n]*", "\n", open(f"{sources}/fortunes.txt", errors="ignore").read())
        for p in f.split("\n%\n"):
            for q in re.split(r"[.!?…;:\"«»()]+|\s[-–—]+\s|\n\s*[-–—]", " ".join(p.split("\n"))):
                t = words(q)
                if t and 2 < len(t) < 25: yield "ru", t
        for n in ("mo", "ftl"):
            for q in open(f"{sources}/kk/{n}.txt", errors="ignore"):
                q = re.sub(r"^msgstr(\[\d\])? ", "", q.strip()).strip('"').replace("~", "").replace("_", "").replace("&", "")
                for p in re.split(r"\\n|[.!?:;]\s", q):
                    t = words(re.sub(r"\d+", " ", p))
                    if t and 1 < len(t) < 25 and any(set(w) & set(KK) for w in t): yield "kk", t

    def pick(s, l, r):
        return r.choices(s.list[l][0], cum_weights=s.list[l][1])[0]

    def text(s, t, l, ask=True):
        t = [s.cap.get(w, w) for w in t]
        return grammar.finish(t, l) if ask else t

    def span(s, t, r, lo=3, hi=12):
        n = r.randint(min(lo, len(t)), min(hi, len(t))); o = r.choice([0, r.randint(0, len(t) - n)]) if len(t) > n else 0
        return t[o:o + n]

    def item(s, r, kind=None):
        l = r.choice(["ru", "kk"])
        k = kind or r.choices(["grammar", "pinned", "corpus", "free", "chain", "list", "mix"], [32, 1, 14, 19, 6, 20, 8])[0]
        if k == "grammar":
            t = grammar.sentence(l, r, salad=.15, perturb=.3); return k, l, [(l, t)], t
        if k == "pinned":
            t = r.choice(s.pinned(l)); return k, l, [(l, t)], t
        if k == "corpus":
            a, t = r.choice([x for x in s.by_lang(l)]); t = list(s.span(t, r))
            if r.random() < .35:                                          # swap, drop or insert words
                for _ in range(r.randint(1, 3)):
                    i = r.randrange(len(t)); w = s.pick(l, r); t[i:i + r.choice([0, 1])] = [w]
            if a == "mix": return s.mixed(t, r)
        elif k == "free":
            t = s.span(r.choice(s.free[l]), r, 2, 11)
            if r.random() < .1: t = t + [s.pick(l, r)]
        elif k == "chain":
            w = r.choice(r.choice(s.free[l])); t = [w]
            while len(t) < r.randint(3, 10): w = r.choice(s.chain[l].get(w) or [s.pick(l, r)]); t.append(w)
        elif k == "list":
            t = [s.pick(l, r) if r.random() < .8 else r.choice(grammar.vocab(l)[0]).lower() for _ in range(r.randint(1, 7))]
            if r.random() < .12:
                n = r.choice([r.randint(1, 30), r.randint(1, 999)]); i = r.randrange(len(t) + 1)
                t[i:i] = (number(n) if l == "ru" else grammar.num_kk(n)).split()
        else:
            if r.random() < .5: return s.mixed(s.span(r.choice(s.by_lang("mix"))[1], r, 3, 10), r)
            a, b = [s.span(r.choice(s.by_lang(z) if r.random() < .5 else [(z, x) for x in r.sample(s.free[z], 3)])[1], r, 2, 5) for z in ("ru", "kk")]
            return s.mixed(a + b if r.random() < .5 else b + a, r, [(w, "ru") for w in a] + [(w, "kk") for w in b])
        return k, l, [(l, s.text(t, l))], s.text(t, l)

    def pinned(s, l):
        return PINNED[l]

    def by_lang(s, l):
        if not hasattr(s, "_by"): s._by = {z: [x for x in s.corpus if x[0] == z or (x[0] == "mix" and z == "kk")] for z in ("ru", "kk")} | {"mix": [x for x in s.corpus if x[0] == "mix"]}
        return s._by[l]

    def runs(s, t):
        """[(language, words)] of a mixed sentence."""
        out = []
        for w in t:
            l = "kk" if s.is_kk(w) else "ru"
            if out and out[-1][0] == l: out[-1][1].append(w)
            else: out.append((l, [w]))
        return out

    def mixed(s, t, r, known=None):
        """A mixed sentence: half are spoken by the Kazakh voice alone, half by each language's own voice of one speaker."""
        runs = s.runs(t); n = sum(len(w) for l, w in runs if l == "kk")
        l = "kk" if 2 * n >= len(t) else "ru"
        if not known and all(z == "ru" for z, _ in runs): l = "ru"
        text = s.text(t, l)
        if r.random() < .5 or len(runs) == 1: return "mix", l, [("ru" if len(runs) == 1 and l == "ru" else "kk", text)], text
        return "mix", l, [(z, " ".join(w)) for z, w in runs], text


if __name__ == "__main__":
    import sys
    s = Wide(*sys.argv[1:3]); r = random.Random(1)
    print({k: {l: len(v[l]) for l in v} for k, v in (("free", s.free), ("free held", s.free_held), ("free with a held word", s.free_unknown), ("held words", s.held_list))},
          {l: len(s.list[l][0]) for l in s.list}, "corpus", len(s.corpus), "held", len(s.corpus_held))
    for k in ("corpus", "free", "chain", "list", "mix"):
        for _ in range(8): print(s.item(r, k))
    for l in ("ru", "kk"): print([" ".join(t) for t in r.sample(s.free_held[l], 5) + r.sample(s.free_unknown[l], 5)])
    print(r.sample(s.held_list["ru"], 20), r.sample(s.held_list["kk"], 20), [" ".join(t) for _, t in s.corpus_held[:5]])
