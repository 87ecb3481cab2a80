#!/usr/bin/env python3
"""The ceilings of this GPU as a library reaches them: a large FP16 product and a large copy."""
import sys

try:
    import torch
except ImportError:
    print("skipped: PyTorch is not installed")
    sys.exit(0)
if not torch.cuda.is_available():
    print("skipped: PyTorch sees no GPU")
    sys.exit(0)


def milliseconds(work, repeats):
    for _ in range(3):
        work()
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    for _ in range(repeats):
        work()
    end.record()
    torch.cuda.synchronize()
    return start.elapsed_time(end) / repeats


a, b = (torch.randn(8192, 8192, device="cuda", dtype=torch.float16) for _ in range(2))
print(f"fp16 8192^3 product: {2 * 8192**3 / milliseconds(lambda: a @ b, 20) * 1e-9:.0f} TFLOP/s")
x = torch.randint(0, 255, (2**31,), device="cuda", dtype=torch.uint8)
y = torch.empty_like(x)
print(f"copy, read + written: {2 * 2**31 / milliseconds(lambda: y.copy_(x), 10) * 1e-9:.2f} TB/s")
