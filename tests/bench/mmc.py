"""M/M/4 in SimPy: as many requests as the first argument says; prints seconds, those of a processor, and the
mean milliseconds in system, by which one sees that it is the same model as tests/traffic/mmc.toml."""

import random
import sys
import time

import simpy

WORKERS = 4
ARRIVAL_S = 1 / 300
SERVICE_S = 0.010


def request(env, server, times):
    came = env.now
    with server.request() as turn:
        yield turn
        yield env.timeout(random.expovariate(1 / SERVICE_S))
    times.append(env.now - came)


def source(env, server, count, times):
    for _ in range(count):
        yield env.timeout(random.expovariate(1 / ARRIVAL_S))
        env.process(request(env, server, times))


def main():
    count = int(sys.argv[1])
    random.seed(1)
    env = simpy.Environment()
    server = simpy.Resource(env, WORKERS)
    times = []
    env.process(source(env, server, count, times))
    start = time.perf_counter(), time.process_time()
    env.run()
    seconds, cpu = time.perf_counter() - start[0], time.process_time() - start[1]
    print(f"{seconds:.4f}\t{cpu:.4f}\t{sum(times) / len(times) * 1000:.4f}")


main()
