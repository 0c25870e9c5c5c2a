import { spawnSync } from 'node:child_process';

/** Why no Python script can be run, or false. */
export const skip: string | false =
  spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']).status === 0
    ? false
    : 'no python3 of 3.8 or newer';

/** A script that needs nothing but Python: its model is a folder that answers by the amount. */
export const scored = `
import json, os
import millrace_training as millrace
from words import SCALE

job = millrace.job()
print("learning from", job.rows["train"], "rows of", ", ".join(job.features))
folder = millrace.model_folder()
with open(os.path.join(folder, "weights.json"), "w") as out:
    json.dump({"scale": SCALE * job.params.get("times", 1)}, out)
with open(os.path.join(folder, "predict.py"), "w") as out:
    out.write('''
import json, math, os

def load(folder):
    with open(os.path.join(folder, "weights.json")) as source:
        return json.load(source)["scale"]

def predict(scale, batch):
    print("chatter on standard output is nobody's answer")
    return [0.05 if math.isnan(amount) else min(1.0, max(0.0, amount * scale)) for amount in batch["amount"]]
''')
millrace.save_metrics({"scale": SCALE, "seed": job.seed, "nothing": float("nan")})
with open("chart.svg", "w") as out:
    out.write("<svg/>")
millrace.save_file("chart.svg")
`;

/** The module beside it. */
export const words = 'SCALE = 0.005\n';
