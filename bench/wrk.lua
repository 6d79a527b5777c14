-- The people at the phones and tablets. wrk -s wrk.lua URL -- what from n: every request is somebody else's, from an address of its
-- own. `done` prints one line of JSON for bench/wrk.py.
local what, from, n
local k, waiting, first, last = 0, {}, 1, 0
local form = { ["Content-Type"] = "application/x-www-form-urlencoded", ["Sec-Fetch-Site"] = "same-origin" }
local threads = 0

function setup(thread)
  thread:set("store", threads % 8 + 1)
  threads = threads + 1
end

local function address(i)
  return string.format("10.%d.%d.%d", math.floor(i / 65536) % 256, math.floor(i / 256) % 256, i % 256)
end

local function headers(cookie, i, more)
  local given = { ["Cookie"] = cookie, ["X-Forwarded-For"] = address(i) }
  for name, value in pairs(more or {}) do given[name] = value end
  return given
end

local kinds = {}

function kinds.plain() -- the address of the command line, nobody signed in
  return wrk.format("GET", nil, headers(nil, math.random(0, 16777215)))
end

function kinds.file() -- the same, by a browser
  return wrk.format("GET", nil, headers(nil, math.random(0, 16777215), { ["Accept-Encoding"] = "gzip, deflate, br" }))
end

function kinds.member() -- a random member looks
  local i = math.random(1, n)
  return wrk.format("GET", nil, headers("huitou=bench-" .. i, i))
end

function kinds.desk() -- a tablet of store 1 looks
  return wrk.format("GET", nil, headers("huitou_desk=desk-1", math.random(0, 16777215)))
end

-- One thread is one store: a member holds, the tablet approves what is held. Pairs of member and reward come round after all others.
function kinds.redeem()
  k = k + 1
  local code = waiting[first]
  if code then
    waiting[first], first = nil, first + 1
    local sent = headers("huitou_desk=desk-" .. store, from + k, form)
    return wrk.format("POST", "/desk/redemptions/" .. code .. "/approval", sent, "ticket=" .. code .. code)
  end
  local at = (from + k) * 8 + store
  local i, reward = (at * 7919) % n + 1, math.floor(at / n) % 8 + 1
  local body = string.format("ticket=bench%09d&store=%d", at, store)
  return wrk.format("POST", "/rewards/" .. reward .. "/redemptions", headers("huitou=bench-" .. i, i, form), body)
end

local function held(status, answer)
  local code = (answer["location"] or answer["Location"] or ""):match("^/redemptions/(%w+)$")
  if code then
    last = last + 1
    waiting[last] = code
  end
end

function init(args)
  what, from, n = args[1], tonumber(args[2]), tonumber(args[3])
  math.randomseed(from)
  if what == "redeem" then response = held end
end

function request()
  return kinds[what]()
end

function done(summary, latency, requests)
  local e = summary.errors
  print(string.format('{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "refused": %d, "broken": %d}', summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, e.status, e.connect + e.read + e.write + e.timeout))
end
