"""Libraries of functions that are compared with a bare Redis, byte by byte; see test_function_forms."""

HEAL = """#!lua name=heal
redis.register_function('heal', function()
  cjson.encode_number_precision(14) cjson.encode_sparse_array(false, 2, 10) cjson.encode_max_depth(1000)
end)"""

# No sets: the order of their members is another one on each server.
FIXTURE = """
redis.call('SET', 'bull:s', 'Hello') redis.call('SET', 'bull:n', '10') redis.call('RPUSH', 'bull:l', 'a', 'b')
redis.call('HSET', 'bull:h', 'f', '1') redis.call('ZADD', 'bull:z', 1, 'a')
"""

LIBRARY = """#!lua name=mylib
redis.register_function('set_it', function(keys, args) return redis.call('SET', keys[1], args[1]) end)
"""


def of(body, name="l"):
    return f"#!lua name={name}\n{body}"


# (library, calls behind its loading)
LIBRARIES = [
    (of("redis.register_function('f', function(keys, args) return {keys, args, #keys, #args} end)"),
     [("FCALL", "f", 0), ("FCALL", "f", 1, "bull:a"), ("FCALL", "f", 2, "bull:a", "session:b", "x", "", "y"),
      ("FCALL", "f", 0, "x"), ("FCALL_RO", "f", 0), ("fcall", "F", "1", "bull:a"), ("FCALL", "f", "01"), ("FCALL", "f", "x"),
      ("FCALL", "f", -1), ("FCALL", "f", 2, "a")]),
    (of("redis.register_function{function_name='f', callback=function(keys) return redis.call('GET', keys[1]) end, flags={'no-writes'}}"),
     [("FCALL", "f", 1, "bull:s"), ("FCALL_RO", "f", 1, "bull:s"), ("FCALL_RO", "f", 1, "session:none")]),
    (of("redis.register_function{function_name='f', callback=function(keys) return redis.call('SET', keys[1], 1) end,\n  flags={'no-writes'}, description='writes all the same'}"),
     [("FCALL", "f", 1, "bull:s"), ("FCALL_RO", "f", 1, "bull:s")]),
    (of("redis.register_function{function_name='f', callback=function() return 1 end, flags={'allow-oom', 'allow-stale', 'no-cluster'}}"),
     [("FCALL", "f", 0), ("FCALL_RO", "f", 0)]),
    (of("redis.register_function{function_name='f', callback=function() return 1 end, flags={'no-writes', 'allow-cross-slot-keys'}, description=''}"),
     [("FCALL", "f", 0), ("FCALL_RO", "f", 0)]),
    (of("local n = 0\nredis.register_function('f', function() n = n + 1 return n end)"),
     [("FCALL", "f", 0), ("FCALL", "f", 0), ("FCALL", "f", 0)]),
    (of("local state = {}\nlocal function note(k) state[k] = (state[k] or 0) + 1 return state[k] end\n"
        "redis.register_function('f', function(keys) return note(keys[1]) end)"),
     [("FCALL", "f", 1, "bull:a"), ("FCALL", "f", 1, "bull:b"), ("FCALL", "f", 1, "bull:a")]),
    (of("local call\nredis.register_function('f', function(keys) call = call or redis.call return call('INCR', keys[1]) end)"),
     [("FCALL", "f", 1, "bull:n"), ("FCALL", "f", 1, "session:n"), ("FCALL", "f", 1, "bull:n")]),
    (of("local r = redis\nr.register_function('f', function(keys) return r.call('TYPE', keys[1]) end)"),
     [("FCALL", "f", 1, "bull:l"), ("FCALL", "f", 1, "session:l")]),
    (of("local register = redis.register_function\nregister('f', function() return 'one' end)\nregister{function_name='g', callback=function() return 'two' end}"),
     [("FCALL", "f", 0), ("FUNCTION", "LIST", "LIBRARYNAME", "nothing"), ("FUNCTION", "DELETE", "l"), ("FCALL", "f", 0)]),
    (of("local function both(a, b)\n  redis.call('SET', a, 'x')\n  redis.call('SET', b, 'y')\n  return redis.call('MGET', a, b)\nend\n"
        "redis.register_function('f', function(keys) return both(keys[1], keys[2]) end)"),
     [("FCALL", "f", 2, "bull:a", "session:b"), ("FCALL", "f", 2, "session:a", "bull:b")]),
    (of("redis.register_function('f', function(keys)\n  local r = redis.pcall('INCR', keys[1])\n  return {r.err}\nend)"),
     [("FCALL", "f", 1, "bull:s")]),
    (of("\n\nredis.register_function('f', function(keys)\n\n  redis.call('INCR', keys[1])\nend)\n"), [("FCALL", "f", 1, "bull:s")]),
    (of("\n\nredis.register_function('f', function(keys)\n\n  return redis.call('INCR', keys[1])\nend)\n"), [("FCALL", "f", 1, "bull:s")]),
    (of("local function deep(k)\n  redis.call('INCR', k)\nend\nredis.register_function('f', function(keys)\n  deep(keys[1])\nend)"),
     [("FCALL", "f", 1, "bull:s")]),
    (of("redis.register_function('f', function()\n  error('mine')\nend)"), [("FCALL", "f", 0)]),
    (of("redis.register_function('f', function()\n  error({err='MY words'})\nend)"), [("FCALL", "f", 0)]),
    (of("redis.register_function('f', function()\n  return redis.error_reply('MY words')\nend)"), [("FCALL", "f", 0)]),
    (of("redis.register_function('f', function()\n  return nothing\nend)"), [("FCALL", "f", 0)]),
    (of("redis.register_function('f', function()\n  x = 1\nend)"), [("FCALL", "f", 0)]),
    (of("redis.register_function('f', function(keys) local t = nil return t.x end)"), [("FCALL", "f", 0)]),
    (of("redis.register_function('f', function() return KEYS end)"), [("FCALL", "f", 0)]),
    (of("redis.register_function('f', function() return redis.register_function end)"), [("FCALL", "f", 0)]),
    (of("redis.register_function('f', function() redis.setresp(3) return redis.call('HGETALL', 'bull:h') end)"), [("FCALL", "f", 0)]),
    (of("redis.register_function('f', function() redis.setresp(3) return {redis.call('ZSCORE', 'bull:z', 'a')} end)\n"
        "redis.register_function('g', function() return {redis.call('ZSCORE', 'bull:z', 'a')} end)"),
     [("FCALL", "f", 0), ("FCALL", "g", 0)]),
    (of("redis.register_function('f', function() return {cjson.encode({1,2}), cjson.decode('{\"a\":7}').a, cmsgpack.unpack(cmsgpack.pack('x')),"
        " struct.pack('>I2', 300), bit.band(12, 10)} end)"), [("FCALL", "f", 0)]),
    (of("local j\nredis.register_function('f', function(_, args) j = j or cjson return j.decode(args[1])[2] end)"),
     [("FCALL", "f", 0, "[1,2]"), ("FCALL", "f", 0, "[3,4]"), ("FCALL", "f", 0, "[")]),
    (of("redis.register_function('f', function() math.randomseed(5) return {math.random(1000), math.random(1000)} end)"),
     [("FCALL", "f", 0), ("FCALL", "f", 0)]),
    (of("redis.register_function('f', function() return loadstring('return redis.call(...)')('GET', 'bull:s') end)"), [("FCALL", "f", 0)]),
    (of("redis.register_function('f', function() return {type(_G), type(_G.redis.call), tostring(_G.KEYS == nil)} end)"), [("FCALL", "f", 0)]),
    (of("redis.register_function('f', function(...) return select('#', ...) end)"), [("FCALL", "f", 2, "bull:a", "bull:b", "c")]),
    (of("redis.register_function('f', function(keys, args) args[1] = 'mine' keys[2] = 'x' return {keys, args} end)"),
     [("FCALL", "f", 1, "bull:a"), ("FCALL", "f", 1, "bull:a", "y", "z")]),
    (of("redis.register_function('f', function(keys) return redis.call('DEL', unpack(keys)) end)"),
     [("FCALL", "f", 3, "bull:s", "bull:n", "session:x")]),
    (of("redis.register_function('f', function(keys) redis.call('SET', 'session:side', 1) return redis.call('RENAME', keys[1], 'bull:new') end)"),
     [("FCALL", "f", 1, "bull:s")]),
    (of("local co\nredis.register_function('f', function()\n  co = co or coroutine.create(function() local n = 0 while true do n = n + 1 coroutine.yield(n) end end)\n"
        "  return {coroutine.resume(co)}\nend)"), [("FCALL", "f", 0), ("FCALL", "f", 0)]),
    (of("local s = ('ab'):rep(2)\nredis.register_function(s, function() return 'named by code' end)"), [("FCALL", "abab", 0)]),
    (of("for i = 3, 3 do redis.register_function('f' .. i, function() return i end) end\n"), [("FCALL", "f3", 0)]),
    (of("redis.register_function(5, function() return 'number' end)"), [("FCALL", "5", 0)]),
    (of("local v = redis.REDIS_VERSION\nredis.register_function('f', function() return {v, redis.REDIS_VERSION_NUM, redis.LOG_WARNING} end)"), [("FCALL", "f", 0)]),
    (of("redis.register_function('f', function() return 'a\0b' end) -- \0 and on"), [("FCALL", "f", 0)]),
    (of("\nredis.register_function('f', function()\n  return '\xff\xfe'\nend)\r\n-- end"), [("FCALL", "f", 0)]),
    ("#!lua   name=l\t\nredis.register_function('f', function() return 1 end)", [("FCALL", "f", 0)]),
    ("#!lua name=l\r\nredis.register_function('f', function()\r\n  error('x')\r\nend)", [("FCALL", "f", 0)]),
    ("#!LUA NAME=\"l\\x41\"\nredis.register_function('f', function() return 1 end)", [("FUNCTION", "DELETE", "lA")]),
    # Nothing to load
    ("", []), ("return 1", []), ("#!lua", []), ("#!lua\n", []), ("#!\n", []), ("#! lua name=l\n", []), ("#!lua name=\n", []),
    ("#!lua name=a name=b\n", []), ("#!lua name=a-b\n", []), ("#!lua name=a.b\n", []), ("#!py name=a\n", []), ("#!lua foo=1\n", []),
    ("#!lua 'name=l\n", []), ("#!lua name=l\0\n", []), ("#!lua name=l", []), ("#!lua  name=l  flags=x\nreturn 1", []), ("# lua name=l\n", []),
    (of(""), []), (of("return 1"), []), (of("\nreturn 1 +"), []), (of("\nx = 1"), []), (of("\n\nlocal x = undefined"), []),
    (of("local x = redis.register_function('a b', function() end)"), []), (of("redis.register_function('', function() end)"), []),
    (of("redis.register_function('f', function() end)\nredis.register_function('f', function() end)"), []),
    (of("\nredis.register_function()"), []), (of("redis.register_function('f')"), []), (of("redis.register_function('f', nil)"), []),
    (of("redis.register_function('f', true)"), []), (of("redis.register_function(nil, function() end)"), []),
    (of("redis.register_function(true, function() end)"), []), (of("redis.register_function('f', function() end, 1)"), []),
    (of("redis.register_function{}"), []), (of("redis.register_function{function_name='f'}"), []),
    (of("redis.register_function{callback=function() end}"), []), (of("redis.register_function{function_name=true, callback=function() end}"), []),
    (of("redis.register_function{function_name='f', callback=true}"), []),
    (of("redis.register_function{function_name='f', callback=function() end, flags='x'}"), []),
    (of("redis.register_function{function_name='f', callback=function() end, flags={'bogus'}}"), []),
    (of("redis.register_function{function_name='f', callback=function() end, description={}}"), []),
    (of("local a = {}\na.b.c = 1"), []), (of("local n = 1\n\n\nerror('x')"), []), (of("local t = setmetatable({}, {})"), []),
    (of("redis.log(redis.LOG_DEBUG, 'loading')\nredis.register_function('f', function() redis.log(redis.LOG_DEBUG, 'x') return 1 end)"), [("FCALL", "f", 0)]),
    # Told otherwise; see below.
    (of("redis.call('SET', 'bull:x', 1)"), []), (of("local x = _G"), []), (of("redis.register_function('f', 'g')"), []),
    (of("redis.register_function({}, function() end)"), []), (of("redis.register_function{Function_Name='f', callback=function() return 1 end}"), []),
    (of("redis.register_function{function_name='f', callback=function() end, more=1}"), []),
    (of("local r = redis.register_function\nredis.register_function('f', function()\n  return r('g', function() end)\nend)"), [("FCALL", "f", 0)]),
    (of("redis.register_function('f', function(keys)\n  return redis.call('INCR', keys[1])\nend)\nredis.register_function('g', function(keys)\n"
        "  return redis.call('INCR', keys[1])\nend)"), [("FCALL", "f", 1, "bull:s"), ("FCALL", "g", 1, "bull:s")]),
]

COMMANDS = [
    ("FUNCTION", "LIST"), ("FUNCTION", "LIST", "WITHCODE"), ("FUNCTION", "LIST", "withcode", "libraryname", "my*"),
    ("FUNCTION", "LIST", "LIBRARYNAME", "MYLIB"), ("FUNCTION", "LIST", "LIBRARYNAME", "*"), ("FUNCTION", "LIST", "LIBRARYNAME", "[m]y?ib"),
    ("FUNCTION", "LIST", "LIBRARYNAME", "x*", "WITHCODE"), ("FUNCTION", "LIST", "LIBRARYNAME", ""), ("FUNCTION", "LIST", "LIBRARYNAME"),
    ("FUNCTION", "LIST", "X"), ("FUNCTION", "LIST", "WITHCODE", "WITHCODE"), ("FUNCTION", "LIST", "LIBRARYNAME", "a", "LIBRARYNAME", "b"),
    ("FUNCTION", "DELETE", "mylib"), ("FUNCTION", "DELETE", "MYLIB"), ("FUNCTION", "DELETE", "no"), ("FUNCTION", "DELETE", ""),
    ("FUNCTION", "DELETE"), ("FUNCTION", "DELETE", "a", "b"),
    ("FUNCTION", "FLUSH"), ("FUNCTION", "FLUSH", "SYNC"), ("FUNCTION", "FLUSH", "async"), ("FUNCTION", "FLUSH", "NOW"),
    ("FUNCTION", "FLUSH", "SYNC", "SYNC"), ("FUNCTION", "STATS"), ("FUNCTION", "STATS", "x"), ("FUNCTION", "KILL"), ("FUNCTION", "KILL", "x"),
    ("FUNCTION", "LOAD"), ("FUNCTION", "LOAD", LIBRARY), ("FUNCTION", "LOAD", "replace", LIBRARY), ("FUNCTION", "LOAD", "REPLACE", "REPLACE", LIBRARY),
    ("FUNCTION", "LOAD", "X", LIBRARY), ("FUNCTION", "LOAD", "REPLACE", "X", LIBRARY), ("FUNCTION", "LOAD", "REPLACE"),
    ("FUNCTION", "LOAD", LIBRARY.replace("name=mylib", "name=other")),
    ("FUNCTION", "LOAD", "REPLACE", LIBRARY.replace("name=mylib", "name=other")),
    ("FUNCTION", "LOAD", "REPLACE", LIBRARY.replace("set_it", "other")), ("FUNCTION", "HELP"), ("FUNCTION", "NOSUCH"), ("FUNCTION",),
    ("FCALL", "set_it", 1, "bull:a", "v"), ("FCALL", "SET_IT", 1, "bull:a", "v"), ("FCALL_RO", "set_it", 1, "bull:a", "v"),
    ("FCALL", "no", 0), ("FCALL", "", 0), ("FCALL", "set_it"), ("FCALL", "set_it", 5, "a"), ("FCALL", "set_it", "x"), ("FCALL", "set_it", -1),
    ("FCALL", "set_it", 0), ("FCALL", "no", "x"), ("FUNCTION", "DUMP"),
]

# What differs, and why; everything else is the same to the byte.
DIFFERENT_BODIES = {
    **{form % "'XGROUP'": "no first argument is taken for a nil one" for form in (
        "return redis.call(%s)", "local r = redis.pcall(%s)\n\nreturn r", "local call = redis.call\n\nlocal x = call(%s)\nreturn x")},
    "return getfenv()": "the line is lost with the tail call",
    "return getmetatable(_G)": "the metatable of what stands for _G is hidden",
    "setmetatable(_G, {})": "the same, in other words",
    "return {pcall(loadstring)}": "the shadow's argument has another number",
    "return {pcall(load, 1)}": "the same",
    "redis = nil": "`redis` is a local of the library, which it may change for itself",
    "cjson = nil": "the same",
}
DIFFERENT_LIBRARIES = {
    of("local r = redis\nr.register_function('f', function(keys) return r.call('TYPE', keys[1]) end)"):
        "`redis` is the same table while loading and when called: Redis' own would have no call",
    of("redis.call('SET', 'bull:x', 1)"): "what is not there while a library is loaded is nil, and told in other words",
    of("local x = _G"): "the same",
    of("redis.register_function('f', 'g')"): "while loading there is no type(): this is told when it is called",
    of("redis.register_function({}, function() end)"): "the same, in other words",
    of("redis.register_function{Function_Name='f', callback=function() return 1 end}"): "nor next(): names must be in lower case",
    of("redis.register_function{function_name='f', callback=function() end, more=1}"): "the same: further names are not seen",
    of("local r = redis.register_function\nredis.register_function('f', function()\n  return r('g', function() end)\nend)"):
        "the line is that of the shim",
}
DIFFERENT_COMMANDS = {
    ("FCALL", "no", "x"): "the number of keys is read first: without it nothing is sent",
    ("FUNCTION", "DUMP"): "refused",
}
