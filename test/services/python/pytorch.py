"""A small network of PyTorch over all numbers, exported as one matrix."""

import millrace_training as millrace
import numpy
import torch

job = millrace.job()
torch.manual_seed(job.seed)
torch.set_num_threads(1)
train, validation = job.frame("train"), job.frame("validation")
middle = train[job.numbers].median().fillna(0)
spread = train[job.numbers].std().replace(0, 1).fillna(1)


class Screen(torch.nn.Module):
    """Missing numbers are the median; all preprocessing is inside."""

    def __init__(self):
        super().__init__()
        self.register_buffer("middle", torch.tensor(middle.to_numpy(numpy.float32)))
        self.register_buffer("spread", torch.tensor(spread.to_numpy(numpy.float32)))
        width = len(job.numbers)
        self.layers = torch.nn.Sequential(torch.nn.Linear(width, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))

    def forward(self, x):
        x = torch.where(torch.isnan(x), self.middle, x)
        return torch.sigmoid(self.layers((x - self.middle) / self.spread))


def tensors(frame):
    return torch.tensor(frame[job.numbers].to_numpy(numpy.float32))


model = Screen()
x, y = tensors(train), torch.tensor(train[[job.target]].to_numpy(numpy.float32))
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(job.params["epochs"]):
    optimizer.zero_grad()
    loss = torch.nn.functional.binary_cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    if epoch % 50 == 0:
        print(f"epoch {epoch}: loss {loss.item():.4f}")

model.eval()
with torch.no_grad():
    answers = model(tensors(validation)).numpy()
torch.onnx.export(
    model,
    (x[:2],),
    "model.onnx",
    input_names=["x"],
    output_names=["probabilities"],
    dynamic_shapes=({0: torch.export.Dim("n")},),
    external_data=False,
)
with open("model.onnx", "rb") as source:
    millrace.save_onnx(source.read(), inputs=job.numbers)
millrace.save_answers(answers)
