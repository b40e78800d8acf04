"""import_ct2.py MODELDIR WORKDIR [ENCODER_LAYERS]: an exported model.bin becomes WORKDIR/ckpt.pt again, so that every export can be trained on.

The weights come back as int8 times scale (a first evaluation shows no loss); the CTC head, Adam's state and the EMA start anew.
More encoder layers than the file has: new ones on top with zero output projections, so that the function stays what it was."""
import os, shutil, struct, sys
import numpy as np, torch
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import data, model as M, tok

TYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}


def read(path):
    """CTranslate2's binary format 6 -> {name: float32 array}, aliases resolved, int8 rows divided by their scale."""
    f = open(path, "rb"); u = lambda c: struct.unpack("<" + c, f.read(struct.calcsize(c)))[0]
    text = lambda: f.read(u("H"))[:-1].decode()
    u("I"); text(); u("I"); raw = {}
    for _ in range(u("I")):
        name = text(); dims = [u("I") for _ in range(u("B"))]; kind = TYPES[u("B")]; raw[name] = np.frombuffer(f.read(u("I")), kind).reshape(dims)
    for _ in range(u("I")):
        alias = text(); raw[alias] = raw[text()]
    out = {}
    for k, v in raw.items():
        s = raw.get(k + "_scale")
        out[k] = v.astype(np.float32) if s is None else v.astype(np.float32) / np.asarray(s, np.float32).reshape(-1, *[1] * (v.ndim - 1))
    return out


def restore(net, w, compact):
    T = lambda k: torch.from_numpy(np.array(w[k]))
    sd = net.state_dict(); d = net.cfg["d"]; ids = torch.tensor(compact.ids)

    def lin(a, b):
        sd[a + ".weight"] = T(b + "/weight")
        if a + ".bias" in sd: sd[a + ".bias"] = T(b + "/bias")

    def ln(a, b):
        sd[a + ".weight"], sd[a + ".bias"] = T(b + "/gamma"), T(b + "/beta")

    def attn(a, b, self_):
        if self_:
            W, B = T(b + "/linear_0/weight"), T(b + "/linear_0/bias"); parts = dict(q=(0, d), k=(d, 2 * d), v=(2 * d, 3 * d))
            lin(a + ".o", b + "/linear_1")
        else:
            lin(a + ".q", b + "/linear_0"); lin(a + ".o", b + "/linear_2")
            W, B = T(b + "/linear_1/weight"), T(b + "/linear_1/bias"); parts = dict(k=(0, d), v=(d, 2 * d))
        for n, (i, j) in parts.items():
            sd[f"{a}.{n}.weight"] = W[i:j]
            if n != "k": sd[f"{a}.{n}.bias"] = B[i:j]

    for c in ("conv1", "conv2"): sd[c + ".weight"], sd[c + ".bias"] = T(f"encoder/{c}/weight"), T(f"encoder/{c}/bias")
    sd["pad_pos"] = T("encoder/position_encodings/encodings")[-1]; ln("enc_ln", "encoder/layer_norm"); ln("dec_ln", "decoder/layer_norm")
    for side, n in (("enc", net.cfg["enc"]), ("dec", net.cfg["dec"])):
        for i in range(n):
            a, b = f"{side}.{i}", f"{side}oder/layer_{i}"
            if b + "/self_attention/layer_norm/gamma" not in w:      # a new layer: x + 0
                for z in (".sa.o", ".fc2"):
                    for p in (".weight", ".bias"): sd[a + z + p] = torch.zeros_like(sd[a + z + p])
                continue
            ln(a + ".ln1", b + "/self_attention/layer_norm"); attn(a + ".sa", b + "/self_attention", True)
            if side == "dec": ln(a + ".ln2", b + "/attention/layer_norm"); attn(a + ".ca", b + "/attention", False)
            ln(a + ".ln3", b + "/ffn/layer_norm"); lin(a + ".fc1", b + "/ffn/linear_0"); lin(a + ".fc2", b + "/ffn/linear_1")
    sd["emb.weight"] = T("decoder/embeddings/weight")[ids]; sd["bias"] = T("decoder/projection/bias")[ids]
    lin("pin", "decoder/project_in"); lin("pout", "decoder/project_out")
    net.load_state_dict(sd)


if __name__ == "__main__":
    md, work = sys.argv[1:3]; os.makedirs(work, exist_ok=True)
    w = read(f"{md}/model.bin")
    layers = lambda side: len({k.split("/")[1] for k in w if k.startswith(side + "/layer_") and k.split("/")[1] != "layer_norm"})
    cfg = dict(M.CFG, d=w["encoder/conv1/weight"].shape[0], e=w["decoder/embeddings/weight"].shape[1], enc=layers("encoder"), dec=layers("decoder"))
    if len(sys.argv) > 3: cfg["enc"] = int(sys.argv[3])
    shutil.copy(f"{md}/tokenizer.json", f"{work}/tokenizer.json")
    K = tok.Compact(f"{work}/tokenizer.json", cfg["chunk"] * 50); torch.manual_seed(1)
    net = M.TinyWhisper(K.size, data.N_CTC, cfg); restore(net, w, K)
    torch.save(dict(net=net.state_dict(), opt=None, ema=net.state_dict(), st=dict(step=0), cfg=cfg), f"{work}/ckpt.pt")
    print("restored", cfg, "%.2f M parameters" % (sum(p.numel() for p in net.parameters()) / 1e6))
