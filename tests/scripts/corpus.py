"""Scripts whose replies, errors and effects are compared with a bare Redis, byte by byte."""

# What stands in the databases before each script, on both sides.
FIXTURE = b"""
redis.call('SET','bull:s','Hello') redis.call('SET','bull:n','10') redis.call('SET','bull:f','3.0')
redis.call('RPUSH','bull:l','a','b','c','a') redis.call('SADD','bull:set','x','y','z')
redis.call('SADD','bull:set2','y','q') redis.call('HSET','bull:h','f','1','g','two')
redis.call('ZADD','bull:z',1,'a',2,'b',3,'c') redis.call('ZADD','bull:z2',5,'b')
redis.call('XADD','bull:x','1-1','k','v') redis.call('XADD','bull:x','2-1','k','w')
redis.call('XGROUP','CREATE','bull:x','grp','0') redis.call('PFADD','bull:p','a','b')
redis.call('GEOADD','bull:g',13.361389,38.115556,'Palermo',15.087269,37.502669,'Catania')
redis.call('SETBIT','bull:bit',7,1) redis.call('SET','bull:123','n') redis.call('SET','bull:t','x','PX',1000000000)
redis.call('RPUSH','bull:num','3','1','2')
"""

# Arguments of one call, as Lua writes them.
CALLS = """
'APPEND','bull:s',' you'
'BITCOUNT','bull:s'
'BITFIELD','bull:bit','INCRBY','u8',0,1
'BITFIELD_RO','bull:bit','GET','u8',0
'BITOP','AND','bull:d','bull:s','bull:bit'
'BITOP','NOT','bull:d','bull:s'
'BITPOS','bull:bit',1
'BLMPOP',0,1,'bull:l','LEFT'
'BZMPOP',0,1,'bull:z','MIN'
'COPY','bull:s','bull:d'
'COPY','bull:s','bull:n','REPLACE'
'COPY','bull:gone','bull:n'
'DECR','bull:n'
'DECRBY','bull:n',3
'DEL','bull:s'
'DEL','bull:s','bull:n','bull:gone'
'DUMP','bull:gone'
'ECHO','words'
'EXISTS','bull:s'
'EXISTS','bull:s','bull:s','bull:gone'
'EXPIRE','bull:s',100
'EXPIREAT','bull:s',33177117420
'EXPIRETIME','bull:s'
'GEOADD','bull:g',1,2,'x'
'GEODIST','bull:g','Palermo','Catania','km'
'GEOHASH','bull:g','Palermo'
'GEOPOS','bull:g','Palermo','none'
'GEORADIUS','bull:g',15,37,200,'km','ASC'
'GEORADIUS','bull:g',15,37,200,'km','STORE','bull:d'
'GEORADIUS','bull:g',15,37,200,'km','COUNT',1,'STOREDIST','bull:d'
'GEORADIUS_RO','bull:g',15,37,200,'km','WITHDIST'
'GEORADIUSBYMEMBER','bull:g','Palermo',200,'km','STORE','bull:d'
'GEORADIUSBYMEMBER_RO','bull:g','Palermo',200,'km'
'GEOSEARCH','bull:g','FROMLONLAT',15,37,'BYBOX',400,400,'km','ASC'
'GEOSEARCHSTORE','bull:d','bull:g','FROMMEMBER','Palermo','BYRADIUS',200,'km'
'GET','bull:s'
'GET','bull:gone'
'GET','bull:l'
'GETBIT','bull:s',1
'GETDEL','bull:s'
'GETEX','bull:s','EX',100
'GETRANGE','bull:s',1,3
'GETSET','bull:s','new'
'HDEL','bull:h','f','none'
'HEXISTS','bull:h','f'
'HGET','bull:h','f'
'HGETALL','bull:h'
'HINCRBY','bull:h','f',5
'HINCRBYFLOAT','bull:h','f','1.5'
'HKEYS','bull:h'
'HLEN','bull:h'
'HMGET','bull:h','f','none'
'HMSET','bull:h','a',1,'b',2
'HRANDFIELD','bull:gone'
'HSCAN','bull:h',0
'HSET','bull:h','a',1
'HSETNX','bull:h','f',1
'HSTRLEN','bull:h','g'
'HVALS','bull:h'
'INCR','bull:n'
'INCR','bull:s'
'INCRBY','bull:n',5
'INCRBYFLOAT','bull:n','0.1'
'LCS','bull:s','bull:n'
'LINDEX','bull:l',0
'LINSERT','bull:l','BEFORE','b','X'
'LLEN','bull:l'
'LMOVE','bull:l','bull:l2','LEFT','RIGHT'
'LMPOP',2,'bull:gone','bull:l','LEFT','COUNT',2
'LMPOP',1,'bull:gone','LEFT'
'LPOP','bull:l'
'LPOP','bull:l',2
'LPOS','bull:l','a','COUNT',0
'LPUSH','bull:l','0'
'LPUSHX','bull:gone','0'
'LRANGE','bull:l',0,-1
'LREM','bull:l',0,'a'
'LSET','bull:l',0,'Z'
'LSET','bull:l',99,'Z'
'LTRIM','bull:l',1,2
'MGET','bull:s','bull:gone','bull:l'
'MGET','bull:s'
'MSET','bull:a',1,'bull:b',2
'MSET','bull:a',1,'bull:b'
'MSETNX','bull:a',1,'bull:s',2
'OBJECT','ENCODING','bull:n'
'OBJECT','REFCOUNT','bull:s'
'OBJECT','FREQ','bull:s'
'PERSIST','bull:t'
'PEXPIRE','bull:s',100000
'PEXPIRETIME','bull:s'
'PFADD','bull:p','c'
'PFCOUNT','bull:p'
'PFMERGE','bull:d','bull:p'
'PING'
'PING','hello'
'PSETEX','bull:s',1000,'v'
'PTTL','bull:s'
'PUBLISH','chan','message'
'RENAME','bull:s','bull:d'
'RENAME','bull:gone','bull:d'
'RENAMENX','bull:s','bull:n'
'RPOP','bull:l'
'RPOPLPUSH','bull:l','bull:l2'
'RPUSH','bull:l','z','y'
'RPUSHX','bull:l','z'
'SADD','bull:set','new'
'SCARD','bull:set'
'SDIFF','bull:set','bull:set2'
'SDIFFSTORE','bull:d','bull:set','bull:set2'
'SELECT','sixteen'
'SET','bull:s','v'
'SET','bull:s','v','NX'
'SET','bull:s','v','EX',100,'GET'
'SET','bull:s','v','BOGUS'
'SETBIT','bull:bit',3,1
'SETEX','bull:s',100,'v'
'SETEX','bull:s',-1,'v'
'SETNX','bull:s','v'
'SETRANGE','bull:s',1,'XX'
'SINTER','bull:set','bull:set2'
'SINTERCARD',2,'bull:set','bull:set2'
'SINTERCARD',0,'bull:set'
'SINTERCARD','x','bull:set'
'SINTERCARD',9,'bull:set'
'SINTERSTORE','bull:d','bull:set','bull:set2'
'SISMEMBER','bull:set','x'
'SMISMEMBER','bull:set','x','none'
'SMOVE','bull:set','bull:set2','x'
'SORT','bull:num'
'SORT','bull:num','DESC','LIMIT',0,2
'SORT','bull:num','BY','nosort'
'SORT','bull:num','ALPHA','STORE','bull:d'
'SORT','bull:num','BOGUS'
'SORT_RO','bull:num'
'SPUBLISH','chan','message'
'SREM','bull:set','x'
'STRLEN','bull:s'
'SUBSTR','bull:s',0,1
'SUNION','bull:set','bull:set2'
'SUNIONSTORE','bull:d','bull:set','bull:set2'
'TOUCH','bull:s','bull:gone'
'TTL','bull:s'
'TYPE','bull:z'
'UNLINK','bull:s','bull:n'
'XACK','bull:x','grp','1-1'
'XADD','bull:x','5-1','a','b'
'XADD','bull:x','0-1','a','b'
'XADD','bull:x','MAXLEN',1,'9-9','a','b'
'XAUTOCLAIM','bull:x','grp','me',0,'0'
'XCLAIM','bull:x','grp','me',0,'1-1'
'XDEL','bull:x','1-1'
'XGROUP','CREATE','bull:x','two','$'
'XGROUP','CREATE','bull:x','grp','$'
'XGROUP','CREATECONSUMER','bull:x','grp','me'
'XGROUP','DELCONSUMER','bull:x','grp','me'
'XGROUP','DESTROY','bull:x','grp'
'XGROUP','SETID','bull:x','grp','0'
'XGROUP','BOGUS','bull:x'
'XGROUP'
'XINFO','GROUPS','bull:x'
'XINFO','CONSUMERS','bull:x','grp'
'XINFO','STREAM','bull:gone'
'XLEN','bull:x'
'XPENDING','bull:x','grp'
'XPENDING','bull:x','none'
'XRANGE','bull:x','-','+'
'XREAD','COUNT',1,'STREAMS','bull:x','0'
'XREAD','STREAMS','bull:x','bull:gone','0','0'
'XREAD','STREAMS','bull:x','bull:gone','0'
'XREAD','BLOCK',1,'STREAMS','bull:gone','$'
'XREAD','BOGUS','STREAMS','bull:x','0'
'XREAD','GROUP','g','c','STREAMS','bull:x','0'
'XREADGROUP','GROUP','grp','me','COUNT',1,'STREAMS','bull:x','>'
'XREADGROUP','GROUP','none','me','STREAMS','bull:x','>'
'XREADGROUP','COUNT',1,'STREAMS','bull:x','bull:y','>','>'
'XREVRANGE','bull:x','+','-'
'XSETID','bull:x','9-9'
'XTRIM','bull:x','MAXLEN',1
'ZADD','bull:z',9,'new'
'ZADD','bull:z','x','new'
'ZCARD','bull:z'
'ZCOUNT','bull:z','-inf','+inf'
'ZDIFF',2,'bull:z','bull:z2'
'ZDIFFSTORE','bull:d',2,'bull:z','bull:z2'
'ZINCRBY','bull:z',1.5,'a'
'ZINTER',2,'bull:z','bull:z2'
'ZINTERCARD',2,'bull:z','bull:z2'
'ZINTERSTORE','bull:d',2,'bull:z','bull:z2'
'ZLEXCOUNT','bull:z','-','+'
'ZMPOP',1,'bull:z','MAX'
'ZMPOP',0,'bull:z','MAX'
'ZMSCORE','bull:z','a','none'
'ZPOPMAX','bull:z'
'ZPOPMIN','bull:z',2
'ZRANGE','bull:z',0,-1,'WITHSCORES'
'ZRANGEBYLEX','bull:z','-','+'
'ZRANGEBYSCORE','bull:z',1,2
'ZRANGESTORE','bull:d','bull:z',0,1
'ZRANK','bull:z','b'
'ZREM','bull:z','a'
'ZREMRANGEBYLEX','bull:z','-','+'
'ZREMRANGEBYRANK','bull:z',0,0
'ZREMRANGEBYSCORE','bull:z',1,1
'ZREVRANGE','bull:z',0,-1
'ZREVRANGEBYSCORE','bull:z',3,1
'ZREVRANK','bull:z','b'
'ZSCAN','bull:z',0
'ZSCORE','bull:z','a'
'ZUNION',2,'bull:z','bull:z2','WITHSCORES'
'ZUNION','two','bull:z'
'ZUNION',0,'bull:z'
'ZUNION',3,'bull:z'
'ZUNIONSTORE','bull:d',2,'bull:z','bull:z2','WEIGHTS',2,3
'NOSUCH','bull:s'
'CONFIG','GET','maxmemory'
'SUBSCRIBE','chan'
'MULTI'
'EVAL','return 1',0
'AUTH','x'
'BLPOP','bull:l',0
'WAIT',0,0
'CLIENT','ID'
'SET','bull:s'
'HSET','bull:h','odd'
'SET','bull:s',nil
'SET','bull:s',{}
'SET','bull:s',true
'GET',{}
'GET',true
'SET','bull:s',3.5
'SET','bull:s',10
'SET','bull:s',1e21
'SET','bull:s',0.1
'SET','bull:s',2^53
'GET',123
'bull:s'
'get set','bull:s'
""".strip().split("\n")

# Each call in these surroundings. %s is the call's arguments.
FORMS = [
    "return redis.call(%s)",
    "local r = redis.pcall(%s)\n\nreturn r",
    "local call = redis.call\n\nlocal x = call(%s)\nreturn x",
]

# Whole scripts: (text, keys, arguments).
SCRIPTS = [
    ("return {KEYS, ARGV, #KEYS, #ARGV}", ["bull:a", "bull:b"], ["1", "", "3"]),
    ("return {#KEYS, #ARGV, tostring(ARGV[1]), tostring(KEYS[1])}", [], []),
    ("return {unpack(ARGV)}", ["bull:a"], ["x", "y"]),
    ("local n = 0 for k, v in pairs(ARGV) do n = n + 1 end return n", [], ["x", "y", "z"]),
    ("local t = {} for i, k in ipairs(KEYS) do t[i] = redis.call('TYPE', k).ok end return t", ["bull:s", "bull:l"], []),
    ("ARGV[1] = 'mine' KEYS[2] = 'bull:s' return {ARGV[1], redis.call('GET', KEYS[2])}", ["bull:a"], ["x"]),
    ("return redis.call('get', KEYS[1])", ["bull:s"], []),
    ("return redis.call('GeT', KEYS[1])", ["bull:s"], []),
    ("local c = 'ge' .. 't' return redis.call(c, KEYS[1])", ["bull:s"], []),
    ("return redis.call(ARGV[1], KEYS[1])", ["bull:s"], ["strlen"]),
    ("return redis.call(unpack({'MGET', 'bull:s', 'bull:n'}))", [], []),
    ("return redis.call('SET', 'bull:' .. 1, 1)", [], []),
    ("return redis['call']('GET', KEYS[1])", ["bull:s"], []),
    ("local r = redis return r.call('GET', KEYS[1])", ["bull:s"], []),
    ("return select(2, 'a', redis.call('GET', KEYS[1]))", ["bull:s"], []),
    ("return {redis.call('GET', KEYS[1]), redis.call('LRANGE', 'bull:l', 0, -1)}", ["bull:s"], []),
    # Types
    ("return 1", [], []), ("return 3.99", [], []), ("return 'x'", [], []), ("return true", [], []),
    ("return false", [], []), ("return nil", [], []), ("return {}", [], []), ("return {1,2,{3,'x'},nil,5}", [], []),
    ("return {ok='fine'}", [], []), ("return {err='MY error'}", [], []), ("return {err='no code'}", [], []),
    ("return {double=3.5}", [], []), ("return {map={a=1}}", [], []), ("return {set={a=true}}", [], []),
    ("return {big_number='123456789012345678901234567890'}", [], []),
    ("return {verbatim_string={string='x', format='txt'}}", [], []),
    ("return redis.status_reply('GOOD')", [], []), ("return redis.error_reply('BAD thing')", [], []),
    ("return redis.error_reply('-BAD thing')", [], []), ("return redis.error_reply('bad')", [], []),
    ("return redis.error_reply()", [], []), ("return redis.status_reply({})", [], []),
    ("", [], []), ("-- only a comment", [], []), ("return", [], []),
    # Errors of Lua
    ("error('mine')", [], []), ("error('mine', 0)", [], []), ("error({err='TABLE error'})", [], []),
    ("error()", [], []), ("error(nil)", [], []), ("\n\nlocal x = nil\nreturn x.y", [], []),
    ("return undefined_thing", [], []), ("undefined_thing = 1", [], []), ("return 1 +", [], []),
    ("return {", [], []), ("x = = 1", [], []), ("end", [], []), (")", [], []), ("('x'):rep(2)", [], []),
    ("(function() end)()", [], []), ("local function f() error('deep') end\nf()", [], []),
    ("return tostring(nil) .. 1 .. {}", [], []), ("return #nil", [], []), ("return nil > 1", [], []),
    ("goto x", [], []), ("return ('x'):bad()", [], []), ("for i = 1, 'x' do end", [], []),
    ("assert(false)", [], []), ("assert(false, 'said')", [], []), ("assert(nil, {err='T'})", [], []),
    # Errors of commands
    ("local a = 1\nlocal b = 2\nredis.call('INCR', KEYS[1])\nreturn a", ["bull:s"], []),
    ("local function f()\n  redis.call('INCR', KEYS[1])\nend\n\nf()\nreturn 1", ["bull:s"], []),
    ("\n\n\nreturn redis.call('INCR', KEYS[1])", ["bull:s"], []),
    ("local r = redis.pcall('INCR', KEYS[1])\nreturn {type(r), r.err, tostring(r.ok)}", ["bull:s"], []),
    ("local r = redis.pcall('INCR', KEYS[1])\nif r.err then return r end return 'no'", ["bull:s"], []),
    ("local r = redis.pcall('INCR', KEYS[1])\n\nerror(r)", ["bull:s"], []),
    ("local r = redis.pcall('INCR', KEYS[1])\n\nerror(r.err)", ["bull:s"], []),
    ("local r = redis.pcall('NOSUCH')\nreturn {type(r), r.err}", [], []),
    ("local ok, e = pcall(redis.call, 'INCR', KEYS[1])\nreturn {tostring(ok), tostring(e), type(e)}", ["bull:s"], []),
    ("local ok, e = pcall(redis.call, 'INCR', KEYS[1])\n\n\nerror(e)", ["bull:s"], []),
    ("local ok, e = pcall(function() return redis.call('GET', KEYS[1]) end)\nreturn {tostring(ok), e}", ["bull:s"], []),
    ("local ok, e = pcall(function() redis.call('INCR', KEYS[1]) end)\nreturn {tostring(ok), tostring(e)}", ["bull:s"], []),
    ("return {xpcall(function() return redis.call('GET', KEYS[1]) end, function(e) return 'h' end)}", ["bull:s"], []),
    ("return {tostring(xpcall(function() redis.call('INCR', KEYS[1]) end, function(e) return 'h' end))}", ["bull:s"], []),
    ("local co = coroutine.wrap(function() return redis.call('GET', KEYS[1]) end)\nreturn co()", ["bull:s"], []),
    ("local co = coroutine.create(function() redis.call('INCR', KEYS[1]) end)\nlocal ok, e = coroutine.resume(co)\nreturn tostring(ok)", ["bull:s"], []),
    ("return redis.call()", [], []), ("return redis.pcall()", [], []),
    ("redis.call('SET', 'bull:q', 1)\nerror('after')", [], []),
    # RESP3 inside
    ("redis.setresp(3) return redis.call('HGETALL', 'bull:h')", [], []),
    ("redis.setresp(3) return redis.call('ZSCORE', 'bull:z', 'a')", [], []),
    ("redis.setresp(3) return redis.call('SMEMBERS', 'bull:set2')", [], []),
    ("redis.setresp(3) return type(redis.call('GET', 'bull:gone'))", [], []),
    ("redis.setresp(2) return type(redis.call('GET', 'bull:gone'))", [], []),
    ("redis.setresp(3) local r = redis.call('XREAD', 'STREAMS', 'bull:x', '0') return {next(r.map)}", [], []),
    ("redis.setresp(3) return redis.call('LMPOP', 1, 'bull:l', 'LEFT')", [], []),
    ("redis.setresp(4)", [], []), ("redis.setresp()", [], []),
    ("redis.setresp(3) return {redis.call('MGET', 'bull:s', 'bull:gone', 'bull:n')[3]}", [], []),
    # Libraries
    ("return cjson.encode({a=1})", [], []), ("return cjson.decode('[1,2,{\"x\":null}]')[3].x == cjson.null", [], []),
    ("return cjson.decode(ARGV[1]).k", [], ['{"k":"v"}']), ("return cjson.decode('{')", [], []),
    ("local j = cjson return j.encode({1,2,3.14159})", [], []),
    ("cjson.encode_number_precision(3) return cjson.encode({3.14159})", [], []),
    ("cjson.encode_sparse_array(true) return cjson.encode({[1000]=1})", [], []),
    ("return cjson.encode({[1000]=1})", [], []),
    ("local t = {} for k in pairs(cjson) do t[#t+1] = k end table.sort(t) return t", [], []),
    ("return cmsgpack.pack({1,2,'x'})", [], []), ("return cmsgpack.unpack(cmsgpack.pack({a={1,2}})).a", [], []),
    ("return {cmsgpack.unpack_one(cmsgpack.pack(1,2))}", [], []), ("return cmsgpack.unpack('\\193')", [], []),
    ("return struct.pack('>I2', 300)", [], []), ("return {struct.unpack('>I2h', struct.pack('>I2h', 1, -2))}", [], []),
    ("return struct.size('i8')", [], []), ("return struct.unpack('>I2', 'x')", [], []),
    ("return {bit.band(12, 10), bit.bor(12, 10), bit.bxor(12, 10), bit.bnot(1), bit.lshift(1, 4)}", [], []),
    ("return bit.tohex(255)", [], []), ("return bit.band({})", [], []),
    ("return redis.sha1hex('')", [], []), ("return redis.sha1hex(KEYS[1])", ["bull:a"], []), ("return redis.sha1hex()", [], []),
    ("return {redis.REDIS_VERSION, redis.REDIS_VERSION_NUM}", [], []),
    ("return {redis.LOG_DEBUG, redis.LOG_VERBOSE, redis.LOG_NOTICE, redis.LOG_WARNING}", [], []),
    ("return {redis.REPL_ALL, redis.REPL_AOF, redis.REPL_SLAVE, redis.REPL_REPLICA, redis.REPL_NONE}", [], []),
    ("return redis.replicate_commands()", [], []), ("return redis.breakpoint()", [], []),
    ("redis.set_repl(redis.REPL_ALL) return 'ok'", [], []), ("redis.log(redis.LOG_DEBUG, 'x') return 'ok'", [], []),
    ("return redis.nothing", [], []),
    ("return {string.rep('x', 3), string.upper('x'), ('%d|%s|%5.2f'):format(1, 'y', 2.5)}", [], []),
    ("return {string.match('key:12', '(%a+):(%d+)')}", [], []), ("return string.gsub('hello', 'l', 'L')", [], []),
    ("local t = {3,1,2} table.sort(t) return t", [], []), ("return table.concat({'a','b'}, ',')", [], []),
    ("return {table.remove({1,2,3}), #{1,2,3}, select('#', nil, nil)}", [], []),
    ("return {tonumber('0x10'), tonumber('z', 36), tostring(1e15), tostring(2^53)}", [], []),
    ("return {math.floor(2.5), math.max(1, 9), math.fmod(7, 3), tostring(math.huge), tostring(math.pi)}", [], []),
    ("math.randomseed(42) return {math.random(1000), math.random(1000), math.random(5, 9), tostring(math.random())}", [], []),
    ("math.randomseed(-7) return {math.random(1000), tostring(math.random())}", [], []),
    ("math.randomseed(1) return math.random(0)", [], []),
    ("local m = math m.randomseed(3) return m.random(100000)", [], []),
    ("return type(os)", [], []), ("return os.clock() >= 0", [], []), ("return _VERSION", [], []),
    ("return {type(_G), type(_G.redis), type(_G['cjson']), type(_G.KEYS), tostring(_G._G == _G)}", [], []),
    ("return _G.nothing", [], []), ("_G.x = 1", [], []), ("return getfenv()", [], []), ("setfenv(1, {})", [], []),
    ("return getmetatable(_G)", [], []), ("setmetatable(_G, {})", [], []),
    ("return loadstring('return 1 + 1')()", [], []), ("return loadstring('return redis.call(...)')('GET', 'bull:s')", [], []),
    ("return {loadstring('syntax error here')}", [], []), ("return {loadstring('x =', 'named')}", [], []),
    ("return loadstring('return ...')(7)", [], []), ("return loadstring('local a = 1 -- end')", [], []),
    ("local p = {'return ', '5'} local i = 0 return load(function() i = i + 1 return p[i] end)()", [], []),
    ("return {pcall(loadstring)}", [], []), ("return {pcall(load, 1)}", [], []), ("return {loadstring('\\27Lua')}", [], []),
    ("return collectgarbage('count') > 0", [], []), ("return type(gcinfo())", [], []),
    ("return {type(print), type(require)}", [], []), ("return dofile('/etc/passwd')", [], []),
    ("return {type(debug), 1}", [], []), ("return io", [], []), ("return package", [], []),
    ("string.x = 1", [], []), ("redis = nil", [], []), ("cjson = nil", [], []), ("local redis = 5 return redis", [], []),
    ("getmetatable('').__index = nil", [], []), ("return getmetatable('').__index == string", [], []),
    ("for k in pairs(redis) do if k == 'call' then return k end end", [], []),
    ("local a = {...} return #a", ["bull:a"], ["x"]), ("return #arg", [], []),
    # Shebangs
    ("#!lua\nreturn 1", [], []), ("#!lua\n\nredis.call('INCR', 'bull:s')", [], []),
    ("#!lua flags=no-writes\nreturn redis.call('GET', 'bull:s')", [], []),
    ("#!lua flags=no-writes\nreturn redis.call('SET', 'bull:s', 1)", [], []),
    ("#!lua flags=allow-oom,allow-stale\nreturn 1", [], []), ("#!lua flags=bogus\nreturn 1", [], []),
    ("#!lua name=x\nreturn 1", [], []), ("#!other\nreturn 1", [], []), ("#!lua", [], []), ("# no shebang\nreturn 1", [], []),
    # Idioms of libraries
    ("if redis.call('get',KEYS[1]) == ARGV[1] then return redis.call('del',KEYS[1]) else return 0 end", ["bull:s"], ["Hello"]),
    ("if redis.call('get',KEYS[1]) == ARGV[1] then return redis.call('pexpire',KEYS[1],ARGV[2]) else return 0 end", ["bull:s"], ["Hello", "9000"]),
    ("local current = redis.call('INCR', KEYS[1])\nif current == 1 then\n  redis.call('EXPIRE', KEYS[1], ARGV[2])\nend\nif current > tonumber(ARGV[1]) then\n  return 0\nend\nreturn 1", ["bull:n"], ["5", "60"]),
    ("local rcall = redis.call\nlocal id = rcall('INCR', KEYS[1] .. ':id')\nlocal k = KEYS[1] .. ':' .. id\nrcall('HMSET', k, 'name', ARGV[1], 'data', ARGV[2])\nrcall('LPUSH', KEYS[1] .. ':wait', id)\nrcall('XADD', KEYS[1] .. ':events', '1-1', 'event', 'added', 'jobId', id)\nreturn id .. ''", ["bull:q"], ["n", "{}"]),
    ("local out = {} for i = 1, 100 do out[i] = redis.call('SADD', 'bull:many', i) end return #out", [], []),
    ("local t = {} for i = 1, 3000 do t[i] = 'v' .. i end return redis.call('RPUSH', 'bull:many', unpack(t))", [], []),
    ("local old = redis.call('ZRANGEBYSCORE', KEYS[1], 0, 2) for _, m in ipairs(old) do redis.call('ZREM', KEYS[1], m) end return old", ["bull:z"], []),
    ("while redis.call('LLEN', KEYS[1]) > 0 do redis.call('RPOPLPUSH', KEYS[1], 'bull:other') end return redis.call('LLEN', 'bull:other')", ["bull:l"], []),
    ("local s = 'a\\0b' redis.call('SET', 'bull:' .. s, s) return redis.call('GET', 'bull:' .. s)", [], []),
]

# What differs, and why; everything else is the same to the byte.
DIFFERENT = {
    "return getfenv()": "the line is lost with the tail call",
    "return getmetatable(_G)": "the metatable of what stands for _G is hidden",
    "setmetatable(_G, {})": "the same, in other words",
    "return {pcall(loadstring)}": "the shadow's argument has another number",
    "return {pcall(load, 1)}": "the same",
    "redis = nil": "`redis` is a local of the script, which it may change for itself",
    "cjson = nil": "the same",
    **{form % "'XGROUP'": "no first argument is taken for a nil one" for form in FORMS},
}
