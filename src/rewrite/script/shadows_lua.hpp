// The shim's Lua for everything but `redis`: what else reaches the state that all tenants' scripts
// share. Each piece fills Y, the table of the shadows. Private to the module.
#pragma once

#include <string_view>

namespace bulkhead::rewrite::script {

inline constexpr std::string_view kRandom = R"(
do
  local g,hi,lo=math
  Y.math={}
  for k,v in pairs(g) do Y.math[k]=v end
  local function next()
    if not hi then return g.random() end
    local l=lo*15525485+11
    hi=(hi*15525485+lo*1502+math.floor(l/16777216))%16777216
    lo=l%16777216
    return (hi*128+math.floor(lo/131072))%2147483647/2147483647
  end
  Y.math.randomseed=function(s)
    s=tonumber(s)
    if not s then return g.randomseed(s) end
    s=(s<0 and math.ceil(s) or math.floor(s))%4294967296
    hi=math.floor(s/256)
    lo=s%256*65536+13070
  end
  Y.math.random=function(...)
    if not hi then return g.random(...) end
    local n=select('#',...)
    local a,b=...
    if n>0 then g.random(...) end
    local r=next()
    if n==0 then return r end
    if n==1 then return math.floor(r*math.floor(a))+1 end
    a=math.floor(a)
    return math.floor(r*(math.floor(b)-a+1))+a
  end
end
)";
inline constexpr std::string_view kCjson = "Y.cjson=cjson.new() ";
inline constexpr std::string_view kCollect = R"(
do
  local g=collectgarbage
  Y.collectgarbage=function(o) if o=='count' then return g('count') end return 0 end
end
)";
inline constexpr std::string_view kAbsent = R"(
Y.$ABSENT$=function()
  error("Script attempted to access nonexistent global variable '$ABSENT$'",2)
end
)";
inline constexpr std::string_view kServer = "Y.server=rawget(_G,'server') and Y.redis ";
// A chunk is compiled alone, so that it is a chunk, and then as a function that sees the shadows.
inline constexpr std::string_view kLoad = R"(
do
  local g=loadstring
  local names,values,count={},{},0
  local function chunk(s,n)
    if string.byte(s)==27 then return nil,'attempt to load chunk with wrong mode' end
    local f,e=g(s,n)
    if not f then return nil,e end
    if count==0 then
      for k in pairs(Y) do count=count+1 names[count]=k values[count]=Y[k] end
    end
    f,e=g('local '..table.concat(names,',')..'=... return function(...) '..s..'\nend',n)
    if not f then return nil,e end
    return f(unpack(values,1,count))
  end
  Y.loadstring=function(s,n)
    if type(s)=='number' then s=tostring(s) end
    if type(s)~='string' then return g(s,n) end
    return chunk(s,n or s)
  end
  Y.load=function(f,n)
    if type(f)~='function' then return load(f,n) end
    local t={}
    while true do
      local s=f()
      if s==nil or s=='' then break end
      if type(s)=='number' then s=tostring(s) end
      if type(s)~='string' then return nil,'reader function must return a string' end
      t[#t+1]=s
    end
    return chunk(table.concat(t),n or '=(load)')
  end
end
)";
inline constexpr std::string_view kGlobals = R"(
do
  local t={}
  for k,v in pairs(_G) do t[k]=v end
  for k,v in pairs(Y) do t[k]=v end
  Y._G=setmetatable(t,{__metatable=false,
    __index=function(_,k)
      error("Script attempted to access nonexistent global variable '"..tostring(k).."'",2)
    end,
    __newindex=function() error('Attempt to modify a readonly table',2) end})
  t._G=t
end
)";

}  // namespace bulkhead::rewrite::script
