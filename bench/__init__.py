"""The benchmarks: what the app costs beside something plain on the same machine at the same time. Never a pass or fail.

`scripts/bench` prints one table; `docs/benchmarks.md` says what each line compares. One module per noun: `shops` makes the data,
`servers`, `wrk`, `inside` and `streams` drive it, `processes` and `commits` read the machine, `home`, `redeem`, `desk`, `start`,
`weight` and `files` are the measures, `table` prints.
"""
