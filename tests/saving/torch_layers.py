"""Writes tests/golden/data/files/torch_1_13/layers.pt: for each case the state_dict of a module, an input and the output,
both with channels last.

    /usr/bin/python3 tests/saving/torch_layers.py FILE    # with Debian's python3-torch
"""
import sys

import torch
from torch import nn

cases = {}


def last(x):
    """[batch, channels, places...] -> [batch, places..., channels]."""
    return x.movedim(1, -1).contiguous() if x.dim() > 2 else x


def add(name, module, x, y=None, before=last, after=last):
    module.eval()
    with torch.no_grad():
        for key, value in module.named_parameters():
            if value.dim() == 1:
                nn.init.uniform_(value, -0.5, 1)
        y = module(x) if y is None else y(module, x)
    cases[name] = {"state": module.state_dict(), "x": before(x).clone(), "y": after(y).clone()}


def same(x):
    return x


class Flat(nn.Module):
    def __init__(self, convolution, features, norm):
        super().__init__()
        self.conv = convolution
        self.norm = norm
        self.fc = nn.Linear(features, 3)

    def forward(self, x):
        return self.fc(self.norm(torch.flatten(self.conv(x), 1)))


class Image(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3 * 2 * 5)
        self.conv = nn.ConvTranspose2d(3, 2, 3, stride=2)

    def forward(self, x):
        return self.conv(torch.relu(self.fc(x)).view(-1, 3, 2, 5))


class Alike(nn.Module):
    def __init__(self):
        super().__init__()
        self.b = nn.Linear(4, 4)
        self.a = nn.Linear(4, 4)

    def forward(self, x):
        return torch.tanh(self.a(torch.tanh(self.b(x))))


def moving(module):
    nn.init.uniform_(module.running_mean, -1, 1)
    nn.init.uniform_(module.running_var, 0.5, 2)
    return module


torch.manual_seed(1)
add("linear", nn.Linear(5, 3), torch.randn(4, 5))
add("conv1d", nn.Conv1d(2, 3, 3, stride=2), torch.randn(2, 2, 9))
add("conv2d", nn.Conv2d(3, 4, (3, 2), dilation=(1, 2)), torch.randn(2, 3, 6, 7))
add("conv2d_groups", nn.Conv2d(4, 6, 3, groups=2), torch.randn(2, 4, 5, 6))
add("conv3d", nn.Conv3d(2, 3, (2, 3, 2)), torch.randn(2, 2, 4, 5, 3))
add("depthwise1d", nn.Conv1d(3, 6, 3, groups=3), torch.randn(2, 3, 7))
add("depthwise2d", nn.Conv2d(3, 6, (2, 3), groups=3), torch.randn(2, 3, 5, 6))
add("separable", nn.Sequential(nn.Conv2d(3, 6, 3, groups=3, bias=False), nn.Conv2d(6, 4, 1)), torch.randn(2, 3, 5, 6))
add("conv1d_transpose", nn.ConvTranspose1d(2, 3, 4, stride=2), torch.randn(2, 2, 5))
add("conv2d_transpose", nn.ConvTranspose2d(3, 2, (3, 2), stride=(2, 3)), torch.randn(2, 3, 4, 3))
add("conv3d_transpose", nn.ConvTranspose3d(2, 3, 2, stride=2), torch.randn(2, 2, 2, 3, 2))
add("batch_norm", moving(nn.BatchNorm2d(3)), torch.randn(2, 3, 4, 5))
add("layer_norm", nn.LayerNorm(5), torch.randn(2, 4, 5), before=same, after=same)
image_norm = nn.LayerNorm((3, 4, 5))
nn.init.uniform_(image_norm.weight)
nn.init.uniform_(image_norm.bias)
add("layer_norm_image", image_norm, torch.randn(2, 3, 4, 5))
add("group_norm", nn.GroupNorm(2, 6), torch.randn(2, 6, 4, 5))
add("embedding", nn.Embedding(7, 3), torch.tensor([[1, 2, 6], [0, 5, 3]]), before=same, after=same)
add("prelu", nn.PReLU(3), torch.randn(2, 3, 4, 5))
for name, kind, options in (
    ("rnn", nn.RNN, {}),
    ("lstm", nn.LSTM, {}),
    ("gru", nn.GRU, {}),
    ("gru_plain", nn.GRU, {"bias": False}),
    ("lstm_layers", nn.LSTM, {"num_layers": 2}),
    ("gru_both", nn.GRU, {"num_layers": 2, "bidirectional": True}),
    ("lstm_both", nn.LSTM, {"bidirectional": True}),
):
    add(name, kind(3, 4, batch_first=True, **options), torch.randn(2, 5, 3), lambda m, x: m(x)[0], same, same)
add("lstm_cell", nn.LSTMCell(3, 4), torch.randn(2, 3), lambda m, x: m(x)[0])
attend = lambda m, x: m(x, x, x)[0]
add("attention", nn.MultiheadAttention(6, 2, batch_first=True), torch.randn(2, 5, 6), attend, same, same)
apart = nn.MultiheadAttention(6, 3, kdim=4, vdim=6, batch_first=True)
add("attention_apart", apart, torch.randn(2, 5, 6), lambda m, x: m(x, x[:, :, :4], x)[0], same, same)
add("flat", Flat(nn.Conv2d(2, 3, 2), 3 * 3 * 4, nn.Identity()), torch.randn(2, 2, 4, 5))
add("flat_norm", Flat(nn.Conv2d(2, 3, 2), 3 * 3 * 4, moving(nn.BatchNorm1d(36))), torch.randn(2, 2, 4, 5))
add("flat1d", Flat(nn.Conv1d(2, 3, 2), 3 * 5, nn.Identity()), torch.randn(2, 2, 6))
add("image", Image(), torch.randn(2, 4))
add("alike", Alike(), torch.randn(3, 4))
torch.save(cases, sys.argv[1])
