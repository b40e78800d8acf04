"""eval_wide.py WORKDIR MODELDIR [MODELDIR...]: several models side by side on the same fixed windows, as the live engine reads them.

ctranslate2 directly, int8, one thread, greedy, <|notimestamps|>, language given, unpadded buckets with 0.1 s of room, A-law 8 kHz, a little line noise.
The windows come from the held-out shards of `synth.py WORKDIR/data test` and `testwide`, all dice seeded. EVAL_N (100) windows per language and cell.
A table as Markdown; WORKDIR/eval-SHA-N.json keeps every wrong line, and is taken instead of measuring the same weights again."""
import hashlib, json, math, os, random, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import ctranslate2, numpy as np, tokenizers, data, tok, train
from concurrent.futures import ThreadPoolExecutor
from faster_whisper.feature_extractor import FeatureExtractor

SR, N, ROOM = 16000, int(os.environ.get("EVAL_N", "100")), 10
fe = FeatureExtractor(chunk_length=10)
LID = {l: tok.LANG0 + tok.LANGS.index(l) for l in ("ru", "kk")}


def norm(t):
    return t.lower().replace("ё", "е").replace(".", " ").replace("?", " ").replace(",", " ").split()


def phone(x, seed, noise=.001):
    """8 kHz band, a little noise of the line, G.711 A-law there and back."""
    x = x + np.random.default_rng(seed).standard_normal(len(x)) * noise
    f = np.fft.rfft(x); f[int(len(x) * 3900 / SR):] = 0; x = np.clip(np.fft.irfft(f, len(x)), -1, 1)
    a = np.abs(x); A = 87.6; c = 1 + math.log(A)
    y = np.where(a < 1 / A, A * a / c, (1 + np.log(np.maximum(A * a, 1e-9))) / c); y = np.round(y * 127) / 127
    return (np.sign(x) * np.where(y < 1 / c, y * c / A, np.exp(y * c - 1) / A)).astype(np.float32)


class Model:
    def __init__(s, folder):
        s.w = ctranslate2.models.Whisper(folder, device="cpu", compute_type="int8", inter_threads=2, intra_threads=1)
        s.tk = tokenizers.Tokenizer.from_file(f"{folder}/tokenizer.json")

    def hear(s, x, lang=None, bucket=None, padded=False):
        """(text, language found, token cap hit, no-speech probability)"""
        n = -(-len(x) // 160)
        if padded:
            m = np.pad(fe(x)[:, :n], ((0, 0), (0, 3000 - n)))
        else:
            b = bucket or next((b for b in data.BUCKETS if n + ROOM <= b), 1000)
            m = fe(np.pad(x, (0, b * 160 - len(x))), padding=0)[:, :b]
        h = s.w.encode(ctranslate2.StorageView.from_array(np.ascontiguousarray(m[None], dtype=np.float32)))
        p = {k.strip("<|>"): q for k, q in s.w.detect_language(h)[0]}; found = max(p, key=p.get)
        cap = math.ceil(14 * len(x) / SR) + 8
        g = s.w.generate(h, [[tok.SOT, LID[lang or found], tok.TRANSCRIBE, tok.NOTS]], beam_size=1, max_length=2 * cap, return_no_speech_prob=True)[0]
        i = g.sequences_ids[0]
        return s.tk.decode([t for t in i if t < tok.EOT]).strip(), found, len(i) >= cap, g.no_speech_prob


def shard(work, name):
    """{kind: [(text, float audio, word starts and end, language, voice)]}, in a fixed random order."""
    a = np.fromfile(f"{work}/data/{name}.wav16", np.int16); out = {}
    for m in json.load(open(f"{work}/data/{name}.json")):
        out.setdefault(m.get("k") or m["l"], []).append((m["t"], a[m["o"]:m["o"] + m["n"]].astype(np.float32) / 65536, m["w"], m["l"], m["v"]))
    for k in out: random.Random(11).shuffle(out[k])
    return out


def around(x, r):
    """As a voice detector cuts: some silence before and behind."""
    return np.concatenate([np.zeros(int(SR * r.uniform(.05, .3))), x, np.zeros(int(SR * r.uniform(.05, .4)))])[:10 * SR]


def noisy(x, snr, seed):
    """The same coloured noise as eval_fw.py's."""
    n = np.convolve(np.random.default_rng(seed).standard_normal(len(x)), [1, .9, .8, .5], "same")
    return x + n / n.std() * x.std() * 10 ** (-snr / 20)


def windows(work):
    """[(row, column, reference, audio, language, how to hear, edge words free?)]"""
    out = []; seen = shard(work, "test-seen")
    sets = [("grammar, held-out sentences", seen), ("corpus, utterances never trained on", shard(work, "test-corpus")),
            ("free wording, sentences never trained on", shard(work, "test-free")), ("free wording with words never trained on", shard(work, "test-unknown")),
            ("voices never trained on (6)", shard(work, "test-voices"))]
    for row, s in sets:
        for c in s:
            for i, (t, x, _, l, _) in enumerate(s[c][:N]): out.append((row, c, t, phone(around(x, random.Random(i)), i), l, {}, False))
    for c in seen:
        ok = seen[c][:N]
        for snr in (20, 10, 5):
            for i, (t, x, _, l, _) in enumerate(ok): out.append((f"grammar, {snr} dB noise", c, t, phone(noisy(around(x, random.Random(i)), snr, i), i), l, {}, False))
        for i, (t, x, _, l, _) in enumerate(ok):
            y = phone(around(x, random.Random(i)), i); out.append(("grammar, padded to 3000 frames", c, t, y, l, dict(padded=True), False))
            if len(y) < 3.9 * SR: out.append(("grammar, in a bucket larger than needed", c, t, y, l, dict(bucket=next(b for b in data.BUCKETS if b * 160 >= len(y) + 1.2 * SR)), False))
        r = random.Random(5); k = 0
        while k < N:
            us = [seen[c][r.randrange(len(seen[c]))] for _ in range(4)]; y, wd, p = [], [], 0
            for t, x, ws, _, _ in us:
                wd += [(p + ws[i], p + ws[i + 1], q) for i, q in enumerate(t.split())]; gap = int(SR * r.uniform(.1, .6)); y += [x, np.zeros(gap)]; p += len(x) + gap
            y = np.concatenate(y); n = int(SR * r.uniform(2, 5)); o = r.randrange(len(y) - n); ref = " ".join(q for b, e, q in wd if b >= o and e <= o + n)
            if ref: out.append(("2-5 s cut at random, edge words free", c, ref, phone(y[o:o + n], k), c, {}, True)); k += 1
        for i, (t, x, ws, l, _) in enumerate(ok):
            y = np.concatenate([np.zeros(int(SR * .2)), x]); n = min(len(y), int(r.uniform(1, 5) * SR)); ref = " ".join(q for j, q in enumerate(t.split()) if ws[j + 1] + SR * .2 <= n)
            if ref: out.append(("growing partial, edge word free", c, ref, phone(y[:n], i), l, {}, True))
    for c, v in shard(work, "test-pinned").items():
        for i, (t, x, _, l, _) in enumerate(v): out.append(("pinned sentences, every standard voice", c, t, phone(around(x, random.Random(i)), i), l, {}, False))
    return out


def no_speech():
    g = np.random.default_rng(0); r = random.Random(0); out = []
    for i in range(25):
        n = int(SR * g.uniform(1, 9.9)); t = np.arange(n) / SR; lvl = 10 ** g.uniform(-4, -1)
        out += [("white noise", g.standard_normal(n) * lvl), ("brown noise", np.convolve(g.standard_normal(n), np.ones(64) / 8, "same") * lvl),
                ("ringback 425 Hz", np.sin(2 * np.pi * 425 * t) * (t % 5 < 1) * .2 + g.standard_normal(n) * 1e-3), ("hold music", data.music(n, r) * 10 ** g.uniform(-2, -.6)),
                ("DTMF, busy, siren", data.tones(n, r) * 10 ** g.uniform(-2, -.6)), ("breath", data.breath(n, r) * 10 ** g.uniform(-2.5, -1)), ("silence", np.zeros(n))]
    return [(k, phone(x.astype(np.float32), i)) for i, (k, x) in enumerate(out)]


def score(m, items):
    """{row: {column: {n, wer, wrong, caps, lid}}}; edge free: the best of the hypothesis with and without its first and last word."""
    res, lines = {}, []
    with ThreadPoolExecutor(2) as two: heard = list(two.map(lambda i: m.hear(i[3], i[4], **i[5]), items))
    for (row, c, ref, x, lang, how, edge), (hyp, found, cap, _) in zip(items, heard):
        a, b = norm(hyp), norm(ref)
        e = min(train.edit(h, b) for h in ([a, a[1:], a[:-1], a[1:-1]] if edge else [a]))
        d = res.setdefault(row, {}).setdefault(c, dict(n=0, e=0, w=0, wrong=0, caps=0, lid=0))
        d["n"] += 1; d["e"] += e; d["w"] += len(b); d["wrong"] += e > 0; d["caps"] += cap; d["lid"] += found == lang
        if e: lines.append((row, c, ref, hyp))
    for d in (d for r in res.values() for d in r.values()): d["wer"] = round(100 * d.pop("e") / d.pop("w"), 1)
    return res, lines


if __name__ == "__main__":
    work, folders = sys.argv[1], sys.argv[2:]; items = quiet = None; all_ = []
    for f in folders:
        kept = f"{work}/eval-{hashlib.sha256(open(f'{f}/model.bin', 'rb').read()).hexdigest()[:8]}-{N}.json"
        if not os.path.exists(kept):
            items = items or windows(work); quiet = quiet or no_speech(); m = Model(f); res, lines = score(m, items); q = {}
            for k, x in quiet:
                t, _, _, ns = m.hear(x); d = q.setdefault(k, dict(n=0, text=0, flagged=0)); d["n"] += 1; d["text"] += bool(t); d["flagged"] += ns > .6
            json.dump(dict(cells=res, no_speech=q, wrong=lines), open(kept, "w"), ensure_ascii=False, indent=0)
        all_.append(json.load(open(kept)))
    print("| WER % (sentences with an error of n, token caps hit, language found wrong) |", " | ".join(folders), "|"); print("|---|" + "---|" * len(folders))
    show = lambda d: f"{d['wer']} ({d['wrong']} of {d['n']}" + (f", {d['caps']} caps" if d["caps"] else "") + (f", {d['n'] - d['lid']} language" if d["lid"] < d["n"] else "") + ")"
    for row in all_[0]["cells"]:
        for c in all_[0]["cells"][row]: print(f"| {row}, {c} |", " | ".join(show(a["cells"][row][c]) for a in all_), "|")
    for k in all_[0]["no_speech"]: print(f"| no speech: {k}, windows with text |", " | ".join(f"{a['no_speech'][k]['text']} of {a['no_speech'][k]['n']}" for a in all_), "|")
