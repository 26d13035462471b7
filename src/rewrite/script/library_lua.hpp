// The shim's Lua for libraries of functions; see shim_lua.hpp for the names. Private to the module.
//
// While a library is loaded nothing is there but redis.register_function, redis.log and some
// constants: not even setmetatable or type. So everything else is made at the first call (I), and
// the locals which shadow globals are filled then (Z, a function that sees them). F is what the
// library knows as `redis`: one table, which its upvalues may hold. C, P, D, cur, st and k1 are
// those of the call that is running; st is the database where it began, tl the line that is told
// when Lua has forgotten it.
#pragma once

#include <string_view>

namespace bulkhead::rewrite::script {

inline constexpr std::string_view kLibraryOpening = R"(
local C,P,Q,D,X,cur,st,k1,I,Z,tl$TABLE$=nil,nil,nil,nil,nil,nil,nil,nil,nil,nil,nil$WORDS$
local F,Y,i={},{},0
)";
inline constexpr std::string_view kLibraryRoute = "local R=$ROUTED$ ";
inline constexpr std::string_view kLibrarySplit = R"(
Q={}
for p in string.gmatch(P,'%S+') do Q[#Q+1]=p end
P=Q[#Q]
)";
// W makes of a client's function the one that Redis knows: the hidden arguments go away, the
// prefixes go off the keys. It ends in a tail call, so that Lua sees the client's function alone.
inline constexpr std::string_view kLibraryCallback = R"(
local function W(f)
  i=i+1
  local l=({$TAILS$})[i] or $TAIL$
  return function(K,A)
    local n=#A
    local m=A[n]
    if m~='$MARK$r' and m~='$MARK$s' then return {err='$STALE$'} end
    C=redis.pcall
    P=A[n-1]
    st=tonumber(A[n-2])
    A[n]=nil
    A[n-1]=nil
    A[n-2]=nil
    cur=st
    tl=l
    $SPLIT$
    $STRIPKEYS$
    k1=$FIRST$
    if m=='$MARK$s' then
      local v=st
      local f,d=$SELECTED$
      D=function() return f,d end
    else
      D=$ROUTED$
    end
    $ROUTES$
    if I then I() end
    return f(K,A)
  end
end
)";
// What cannot be registered is left to Redis to refuse, where it is sure that it does: a table with
// a function in it must not get there as it is. gsub says whether `a` is a string.
inline constexpr std::string_view kLibraryRegister = R"(
local G=redis.register_function
Y.redis=F
F.register_function=function(...)
  local a,b,c=...
  if a==nil or a==true or a==false then return G(...) end
  if c~=nil then return G('',nil,c) end
  if b==nil then
    if ('x'):gsub('x',a)==a then return G(...) end
    local n,f=a.function_name,a.callback
    local t={function_name=n,description=a.description,flags=a.flags}
    if n==nil or n==true or n==false then return G(t) end
    if f==nil or f==true or f==false then t.callback=f return G(t) end
    t.function_name=n=='' and n or '$TAG$'..n
    t.callback=W(f)
    return G(t)
  end
  if b==true or b==false then return G(...) end
  return G(a=='' and a or '$TAG$'..a,W(b))
end
)";
inline constexpr std::string_view kLibraryInit = R"(
I=function()
  I=nil
  F.register_function=nil
  $FIELDS$
  $SHADOWS$
  $FILL$
end
)";

}  // namespace bulkhead::rewrite::script
