"""The training steps of `thalweg bench` in PyTorch, one thread, for a comparison in alternation (src/bench/peerProcess.ts).

Standard input has one request a line, standard output one answer a line, both JSON. First of all it greets:

    {"peer": "PyTorch", "version": "2.1.0", "variants": ["default", "channels_last"], "blasGflops": 83.0}
    {"task": "mission", "batch": 32, "variant": "channels_last", "steps": 10}  ->  {"milliseconds": [8.9, ...]}

What cannot be done is answered with {"error": "..."}. The end of the input ends the process.
"""

import json
import sys
import time

del sys.path[0]  # the folder of this file, which is named like the package


def answer(value):
    print(json.dumps(value), flush=True)


try:
    import torch
    import torch.nn as nn
    import torch.nn.functional as F
except ImportError as error:
    answer({"error": f"{sys.executable}: {error}"})
    sys.exit(0)

torch.set_num_threads(1)
CLASSES = 10


def mission():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(1600, 128), nn.ReLU(), nn.Linear(128, CLASSES),
    )


def conv(i, o, stride=1, size=3):
    return [nn.Conv2d(i, o, size, stride, size // 2, bias=False), nn.BatchNorm2d(o)]


def vgg():
    stages, channels = [], 3
    for filters in (32, 64, 128):
        for _ in range(2):
            stages += [*conv(channels, filters), nn.PReLU(filters)]
            channels = filters
        stages.append(nn.MaxPool2d(2))
    return nn.Sequential(*stages, nn.Flatten(), nn.Linear(2048, CLASSES))


class Block(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.branch = nn.Sequential(*conv(i, o, stride), nn.ReLU(), *conv(o, o))
        self.shortcut = nn.Sequential(*conv(i, o, stride, 1)) if stride > 1 else nn.Identity()

    def forward(self, x):
        return F.relu(self.branch(x) + self.shortcut(x))


def resnet8():
    blocks = [Block(16, 16, 1), Block(16, 32, 2), Block(32, 64, 2)]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, CLASSES)]
    return nn.Sequential(*conv(3, 16), nn.ReLU(), *blocks, *head)


def adam(params):
    return torch.optim.Adam(params, lr=1e-3)


def momentum(params):
    return torch.optim.SGD(params, lr=1e-2, momentum=0.9)


TASKS = {
    "mission": (mission, (1, 28, 28), adam),
    "vgg": (vgg, (3, 32, 32), momentum),
    "resnet8": (resnet8, (3, 32, 32), momentum),
}
LAYOUTS = {"default": torch.contiguous_format, "channels_last": torch.channels_last}


def open_task(task, batch, variant):
    """A function that makes one whole training step on random data."""
    torch.manual_seed(0)
    make, shape, optimizer_of = TASKS[task]
    layout = LAYOUTS[variant]
    net = make().to(memory_format=layout)
    x = torch.randn(batch, *shape).contiguous(memory_format=layout)
    y = torch.randint(0, CLASSES, (batch,))
    optimizer = optimizer_of(net.parameters())

    def step():
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(net(x), y).backward()
        optimizer.step()

    step()  # primitives are made and kept
    return step


def timed(function):
    start = time.perf_counter()
    function()
    return 1000 * (time.perf_counter() - start)


def blas_gflops(n=512):
    a, b = torch.randn(n, n), torch.randn(n, n)
    torch.mm(a, b)
    return 2 * n**3 / min(timed(lambda: torch.mm(a, b)) for _ in range(5)) / 1e6


answer({"peer": "PyTorch", "version": torch.__version__, "variants": list(LAYOUTS), "blasGflops": blas_gflops()})
opened = {}
for line in sys.stdin:
    try:
        request = json.loads(line)
        key = (request["task"], request["batch"], request["variant"])
        if key not in opened:
            opened[key] = open_task(*key)
        answer({"milliseconds": [timed(opened[key]) for _ in range(request["steps"])]})
    except Exception as error:  # the other side must hear of it
        answer({"error": f"{type(error).__name__}: {error}"})
