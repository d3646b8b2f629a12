"""Times the published value canonicalisation on one pair of random rewards.

python3 published_value_levelling.py CLONE STATES ACTIONS DISCOUNT

CLONE is a copy of github.com/lucyfarnik/starc. Its files are loaded as they are; torch, which they import for other
branches, is replaced by an empty module where it is not installed. Prints the median of five runs in seconds.
"""

import importlib.util
import sys
import time
import types

import numpy as np


def load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(clone, states, actions, discount):
    sys.path.insert(0, clone + "/src")
    if importlib.util.find_spec("torch") is None:
        sys.modules["torch"] = types.SimpleNamespace(Tensor=type("Tensor", (), {}))
    sys.modules["env"] = types.SimpleNamespace(Env=object)
    canonical = load("value", clone + "/src/distance/canon/value.py").value_canon
    norm = load("norm", clone + "/src/distance/norm.py").norm
    random = np.random.default_rng(0)
    weights = random.random((states, actions, states))
    world = types.SimpleNamespace(
        n_s=states, n_a=actions, discount=discount, transition_dist=weights / weights.sum(2, keepdims=True)
    )
    rewards = [random.standard_normal(weights.shape) for _ in range(2)]
    times = []
    for _ in range(5):
        start = time.perf_counter()
        forms = [canonical(reward, world) for reward in rewards]
        forms = [form / norm(form, world, 2) for form in forms]
        norm(forms[0] - forms[1], world, 2)
        times.append(time.perf_counter() - start)
    print(sorted(times)[2])


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
