// The shim's Lua, in pieces; shim.cpp puts them together, and puts values in the places of $NAME$.
// Line feeds become spaces, so that the client's lines keep their numbers; no comments therefore.
// Private to the module.
//
// Names are short because every script pays for their bytes: K, A the script's KEYS and ARGV; C the
// real redis.pcall; P the prefix (Q: all of them, where features have their own); S the classes of
// the command words in the text; D key -> database (or, with Q, -> index of the feature); cur the
// selected database; k1 and so on the first keys, which lie in the database where the script began;
// X everything that is not worth a fast path. What the shim calls later it finds in Redis' own
// globals, which scripts cannot change.
#pragma once

#include <string_view>

namespace bulkhead::rewrite::script {

// The hidden argument goes away, the prefixes go off the keys.
inline constexpr std::string_view kOpening = R"(
local K,A=KEYS,ARGV
local C$TABLE$=redis.pcall$WORDS$
local n=#A
local P=A[n]
A[n]=nil
)";
inline constexpr std::string_view kSplitPrefixes = R"(
local Q={}
for p in string.gmatch(P,'%S+') do Q[#Q+1]=p end
P=Q[#Q]
)";
inline constexpr std::string_view kStripKeys = R"(
n=#P+1
for i=1,#K do K[i]=string.sub(K[i],n) end
)";
inline constexpr std::string_view kStripKeysOfFeatures = R"(
for i=1,#K do
  for j=1,#Q do
    if string.sub(K[i],1,#Q[j])==Q[j] then K[i]=string.sub(K[i],#Q[j]+1) break end
  end
end
)";
inline constexpr std::string_view kState = R"(
local $KNOWN$,cur=$FIRST$,$START$
local D,X
)";
// Where keys must have an expiry: k the key's name, p in Redis, d its database. An error, or
// nothing. M: keys are routed.
inline constexpr std::string_view kExpire = R"(
local M,L=$MERGED$,$LIFETIME$
local function T(k,p,d)
  local t,u
  if M then t,u=L(k)
  else
    local b=($BYDATABASE$)[d]
    if b then t,u=b[1],b[2] end
  end
  if not t then return end
  local r=C('PEXPIRE',p,t,'NX')
  if u>0 and type(r)=='number' then r=C('PEXPIRE',p,u,'LT') end
  if type(r)=='table' and r.err then return r end
end
)";
// Behind a command of the fast path.
inline constexpr std::string_view kExpireHot = R"(
if s==4 then
  local g=T(k,P..k,cur)
  if g then return X($ERRORHOW$,g) or g end
end
)";

// Key -> database. It remembers nothing: a table costs more than the patterns.
inline constexpr std::string_view kRoute = R"(
function(k)
  $ROUTE$
end
)";
inline constexpr std::string_view kFixed = "function() return $PLACE$ end ";
// A glob with more than one star, or classes: `a` must stand at the front, `m` in between from left
// to right, `z` of length n at the end.
inline constexpr std::string_view kGlob = R"(
local function g(a,m,z,n)
  local _,e=string.find(k,a)
  if not e then return false end
  for i=1,#m do
    _,e=string.find(k,m[i],e+1)
    if not e then return false end
  end
  return #k-e>=n and string.find(k,z,#k-n+1)~=nil
end
)";

// Name -> physical name and database; no name when it is not the tenant's.
inline constexpr std::string_view kName = "local function N(k) return P..k,D(k) end ";
inline constexpr std::string_view kNameOfFeature =
    "local function N(k) local f,d=D(k) return Q[f]..k,d or ($DBS$)[f] end ";
inline constexpr std::string_view kRequiredName =
    "local function N(k) if string.sub(k,1,#P)==P then return k,D(k) end end ";
inline constexpr std::string_view kRequiredNameOfFeature = R"(
local function N(k)
  local f,d=D(k)
  if string.sub(k,1,#Q[f])==Q[f] then return k,d or ($DBS$)[f] end
end
)";
inline constexpr std::string_view kChannel = "local function H(k) return P..k end ";
inline constexpr std::string_view kRequiredChannel =
    "local function H(k) if string.sub(k,1,#P)==P then return k end end ";

// A physical name back to the tenant's.
inline constexpr std::string_view kStrip = R"(
local function U(s)
  if type(s)=='string' and string.sub(s,1,#P)==P then return string.sub(s,#P+1) end
  return s
end
)";
inline constexpr std::string_view kStripOfFeatures = R"(
local function U(s)
  for j=1,type(s)=='string' and #Q or 0 do
    if string.sub(s,1,#Q[j])==Q[j] then return string.sub(s,#Q[j]+1) end
  end
  return s
end
)";
inline constexpr std::string_view kNoStrip = "local function U(s) return s end ";
// Out of an error text, wherever a prefix stands.
inline constexpr std::string_view kStripText = R"(
local function V(s)
  for _,p in ipairs($PREFIXES$) do
    local i,j=string.find(s,p,1,true)
    while i do
      s=string.sub(s,1,i-1)..string.sub(s,j+1)
      i,j=string.find(s,p,i,true)
    end
  end
  return s
end
)";
inline constexpr std::string_view kNoStripText = "local function V(s) return s end ";

// The fast path: one key behind the name; two keys of one database; one key where many may stand.
inline constexpr std::string_view kHot = R"(
function(c,k,...)
  local s,r=$CLASS$
  if s and type(k)=='string' then
    if s==1$FOUR$ or s==3 and select('#',...)==0 then
      if not ($KISKNOWN$) or cur~=$START$ then
        local d=D(k)
        if d~=cur then r=X($SELECTHOW$,d) if r then return r end end
      end
      r=C(c,P..k,...)
      if type(r)=='table' and r.err then return X($ERRORHOW$,r) or r end
      $EXPIRE$
      return r
    elseif s==2 then
      local l=...
      if type(l)=='string' then
        local d=($KISKNOWN$) and $START$ or D(k)
        if d==cur and (($LISKNOWN$) and $START$ or D(l))==d then
          r=C(c,P..k,P..l,select(2,...))
          if type(r)=='table' and r.err then return X($ERRORHOW$,r) or r end
          return r
        end
      end
    end
  end
  r=X($HOW$,c,k,...)
  return r
end
)";
inline constexpr std::string_view kPlain =
    "function(c,k,...) local r=X($HOW$,c,k,...) return r end";

}  // namespace bulkhead::rewrite::script
