"""Writes tests/golden/data/files/torch_1_13/orders.pt: modules that flatten, permute and join what convolutions return, and
layers that torch_layers.py has not; for each the state_dict, its inputs and the output, all with channels last.

    /usr/bin/python3 tests/saving/torch_orders.py FILE    # with Debian's python3-torch
"""
import sys

import torch
from torch import nn

cases = {}


def last(x):
    """[batch, channels, places...] -> [batch, places..., channels]."""
    return x.movedim(1, -1)


def add(name, modules, x, y, **others):
    """modules: by name, or one."""
    state = {}
    if isinstance(modules, nn.Module):
        state = dict(modules.state_dict())
    else:
        for key, module in modules.items():
            state.update({f"{key}.{own}": value for own, value in module.state_dict().items()})
    cases[name] = {"state": state, "x": x.contiguous().clone(), "y": y.contiguous().clone()}
    cases[name].update({key: value.contiguous().clone() for key, value in others.items()})


torch.manual_seed(2)
torch.set_grad_enabled(False)

# [2, 2, 6, 7] -> [2, 3, 4, 5]: a flattened image has 60 elements, a column of all channels 12.
conv = nn.Conv2d(2, 3, 3)
x = torch.randn(2, 2, 6, 7)
image = conv(x)
flat = torch.flatten(image, 1)
fc = nn.Linear(60, 4)
add("scaled", {"conv": conv, "fc": fc}, last(x), fc(torch.relu(flat * 2)))
add("flat", {"conv": conv, "fc": fc}, last(x), fc(flat))

video = torch.randn(2, 3, 2, 6, 7)
frames = torch.stack([conv(video[:, step]) for step in range(3)], 1)
add("video", {"conv": conv, "fc": fc}, video.movedim(2, -1), fc(torch.flatten(frames, 2)))
fc_all = nn.Linear(180, 4)
add("video_at_once", {"conv": conv, "fc": fc_all}, video.movedim(2, -1), fc_all(torch.flatten(frames, 1)))

# Columns from left to right as steps.
steps = image.permute(0, 3, 1, 2).reshape(2, 5, 12)
for name, module in (
    ("lstm", nn.LSTM(12, 4, batch_first=True)),
    ("gru", nn.GRU(12, 4, batch_first=True)),
    ("rnn", nn.RNN(12, 4, batch_first=True)),
    ("both", nn.GRU(12, 4, batch_first=True, bidirectional=True)),
):
    add("steps_" + name, {"conv": conv, "rnn": module}, last(x), module(steps)[0])
linear = nn.Linear(12, 4)
add("steps_linear", {"conv": conv, "fc": linear}, last(x), linear(steps))
over_steps = nn.Conv1d(12, 4, 2)
add("steps_conv", {"conv": conv, "over": over_steps}, last(x), last(over_steps(steps.transpose(1, 2))))
attention = nn.MultiheadAttention(12, 2, batch_first=True)
add("steps_attention", {"conv": conv, "attention": attention}, last(x), attention(steps, steps, steps)[0])

row = torch.randn(2, 6)
fc_joined = nn.Linear(66, 4)
add("joined", {"conv": conv, "fc": fc_joined}, last(x), fc_joined(torch.cat([flat, row], 1)), row=row)

pooled = nn.Linear(3, 4)
add("two_heads", {"conv": conv, "fc": fc, "pooled": pooled}, last(x), fc(flat) + pooled(image.mean((2, 3))))

inner = nn.Linear(60, 60)
add("residual", {"conv": conv, "inner": inner, "fc": fc}, last(x), fc(flat + inner(flat)))

up, after = nn.Conv2d(2, 12, 3), nn.Conv2d(3, 2, 2)
add("shuffled", {"up": up, "after": after}, last(x), last(after(nn.functional.pixel_shuffle(up(x), 2))))

decode, deconv = nn.Linear(4, 30), nn.ConvTranspose2d(3, 2, 3, stride=2)
rows = torch.randn(2, 3, 4)
images = torch.relu(decode(rows)).view(2 * 3, 3, 2, 5)
add("decoded_steps", {"fc": decode, "deconv": deconv}, rows, last(deconv(images)).reshape(2, 3, 5, 11, 2))


class RMSNorm(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.weight = nn.Parameter(torch.rand(features) + 0.5)

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.weight


def alone(name, module, x):
    add(name, module, last(x), last(module(x)))


norm = RMSNorm(5)
sequence = torch.randn(2, 4, 5)
add("rms_norm", norm, sequence, norm(sequence))
alone("conv1d_groups", nn.Conv1d(4, 6, 3, groups=2), torch.randn(2, 4, 7))
alone("conv3d_groups", nn.Conv3d(4, 6, 2, groups=2), torch.randn(2, 4, 3, 4, 3))
alone("transpose_groups", nn.ConvTranspose2d(4, 6, 3, groups=2), torch.randn(2, 4, 3, 4))
alone("separable1d", nn.Sequential(nn.Conv1d(3, 6, 3, groups=3, bias=False), nn.Conv1d(6, 4, 1)), torch.randn(2, 3, 7))
for name, options in (("attention_plain", {"bias": False}), ("attention_bias_kv", {"add_bias_kv": True})):
    module = nn.MultiheadAttention(6, 2, batch_first=True, **options)
    y = torch.randn(2, 5, 6)
    add(name, module, y, module(y, y, y)[0])
gru, lstms = nn.GRU(3, 4, batch_first=True), nn.LSTM(3, 4, num_layers=2, batch_first=True)
sequence = torch.randn(2, 5, 3)
add("gru_cells", gru, sequence, gru(sequence)[0])
add("lstm_layers", {"rnn": lstms}, sequence, lstms(sequence)[0])
square = nn.RNN(4, 4, batch_first=True)
sequence = torch.randn(2, 5, 4)
add("square", {"rnn": square}, sequence, square(sequence)[0])
torch.save(cases, sys.argv[1])
