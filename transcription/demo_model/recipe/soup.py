"""soup.py WORKDIR MODELDIR SHARE: WORKDIR/ckpt.pt becomes SHARE of itself and 1 - SHARE of an exported model of the same run (weights averaged).

Both lie in one basin: the mean of the narrow old weights and of the wide ones is nearly as good as each in its own field (measured in FINDINGS.md)."""
import os, sys, torch
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import data, import_ct2, model as M, tok
work, md, share = sys.argv[1], sys.argv[2], float(sys.argv[3])
z = torch.load(f"{work}/ckpt.pt", weights_only=False); K = tok.Compact(f"{work}/tokenizer.json", z["cfg"]["chunk"] * 50)
net = M.TinyWhisper(K.size, data.N_CTC, z["cfg"]); net.load_state_dict(z["ema"]); import_ct2.restore(net, import_ct2.read(f"{md}/model.bin"), K)
old = net.state_dict(); z["ema"] = {k: (1 - share) * old[k] + share * v for k, v in z["ema"].items()}; z["net"] = {k: v.clone() for k, v in z["ema"].items()}
torch.save(z, f"{work}/ckpt.pt"); print("mixed", share, z["st"])
