// The shim's Lua for what is not worth a fast path: the function X. See shim_lua.hpp for the names.
// Private to the module.
#pragma once

#include <string_view>

namespace bulkhead::rewrite::script {

// h says what is asked: 0 pcall, 1 call, 2 and 5 make an error of call and pcall presentable, 3 and
// 4 select a database for call and pcall, 6 acl_check_cmd. First: find the command's class.
inline constexpr std::string_view kCold = R"(
X=function(h,c,k,...)
local r
local function E(s) return {err=s,ignore_error_stats_update=true} end
$NAME$ $CHANNEL$ $STRIP$ $STRIPTEXT$
local function Z(d)
  if d==cur then return end
  if not d then return E('CROSSDB Keys in request belong to features with different databases') end
  local e=C('SELECT',d)
  if e.err then return e end
  cur=d
end
local function F(w)
  if not string.find(w,'^[%w_.|-]+$') then return end
  local b=$CLASSES$
  local _,e=string.find(b,' '..w..':',1,true)
  return e and string.match(b,'^%S+',e+1)
end
if h==2 or h==5 then r=c
elseif h==3 or h==4 then
  r=Z(c)
  if not r then return end
else repeat
  if c==nil then r=C() break end
  local t=type(c)
  if t=='number' then c=string.format('%.17g',c)
  elseif t~='string' then r=C(c) break end
  local w=string.lower(c)
  local q=F(w)
  if q=='/' then
    q='1'
    if k~=nil then q=type(k)=='string' and F(w..'|'..string.lower(k)) end
  end
  if not q then r=E('ERR Unknown Redis command called from script') break end
  if q=='-' then r=E('ERR This Redis command is not allowed from script') break end
  if q=='!' then
    r=E("NOPERM this user has no permissions to run the '"..w.."' command")
    break
  end
  local B=h==6 and redis.acl_check_cmd or C
  if q=='0' then
    if k==nil and select('#',...)==0 then r=B(c) else r=B(c,k,...) end
    break
  end
  if k==nil then r=C(c,nil) break end
  local a={k,...}
  local n=1+select('#',...)
  for i=1,n do
    t=type(a[i])
    if t~='string' and t~='number' then r=C(c,nil) end
  end
  if r then break end
  local function W(i)
    local v=a[i]
    if type(v)=='number' then v=string.format('%.17g',v) end
    return v
  end
  local x,y,s={},nil,'^='
  $FIND$
  $RUN$
until true end
)";
// The names' places: x holds the indexes of keys, y those of SORT's patterns.
inline constexpr std::string_view kFind = R"(
if q=='D' then
  if n~=1 then r=E('ERR Wrong number of args calling Redis command from script') break end
  $SELECT$
  break
end
local m=string.sub(q,1,1)
local function L(i,o,more)
  return i+(more or 0)<=n and string.lower(W(i))==o
end
local syntax=E('ERR syntax error')
if m=='1' then x[1]=1
elseif m=='2' then x[1]=1 x[2]=2
elseif m=='3' then for i=1,n do x[i]=i end
elseif m=='P' then
  local v=H(W(1))
  if not v then r=E('NOPERM this user has no permissions to access one of the channels used as arguments') break end
  a[1]=v
  r=B(c,unpack(a,1,n))
  break
elseif m=='S' or m=='G' then
  x[1]=1
  local i=tonumber(string.match(q,'%d+'))
  y={}
  while i<=n and not r do
    if m=='S' and (L(i,'asc') or L(i,'desc') or L(i,'alpha')) then i=i+1
    elseif m=='S' and L(i,'limit',2) then i=i+3
    elseif m=='S' and L(i,'get',1) and W(i+1)=='#' then i=i+2
    elseif m=='S' and (L(i,'by',1) or L(i,'get',1)) then y[#y+1]=i+1 i=i+2
    elseif m=='G' and (L(i,'withdist') or L(i,'withhash') or L(i,'withcoord') or L(i,'any')
      or L(i,'asc') or L(i,'desc')) then i=i+1
    elseif m=='G' and L(i,'count',1) then i=i+2
    elseif string.find(q,'w',1,true) and (L(i,'store',1) or m=='G' and L(i,'storedist',1)) then
      x[#x+1]=i+1 i=i+2
    else r=syntax end
  end
elseif m=='X' then
  local i,group,done=1
  repeat
    if L(i,'block',1) or L(i,'count',1) then i=i+2
    elseif L(i,'streams',1) then
      local left=n-i
      if left%2~=0 then
        r=E("ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.")
      elseif q=='Xg' and not group then r=E('ERR Missing GROUP option for XREADGROUP')
      else for j=i+1,i+left/2 do x[#x+1]=j end end
      done=true
    elseif L(i,'group',2) or L(i,'noack') then
      if q~='Xg' then
        r=E('ERR The '..string.upper(W(i))..' option is only supported by XREADGROUP. You called XREAD instead.')
      end
      if L(i,'group') then group=true i=i+3 else i=i+1 end
    else r=syntax end
  until r or done
else
  for o,from,last,step in string.gmatch(q,'([rn])(%d+):?(-?%d*):?(%d*)') do
    from=tonumber(from)
    if o=='r' then
      last=tonumber(last)
      if last<0 then last=n+1+last end
      if last>n or last<from then r=E('ERR Wrong number of args calling Redis command from script') break end
      for i=from,last,tonumber(step) do x[#x+1]=i end
    else
      local v=from<=n and W(from) or ''
      local pop=string.find(q,'p',1,true)
      if not string.find(v,'^%d+$') or #v>7 then
        r=E(pop and 'ERR numkeys should be greater than 0' or 'ERR value is not an integer or out of range')
      elseif string.find(v,'^0') then
        r=E(pop and 'ERR numkeys should be greater than 0' or "ERR at least 1 input key is needed for '"..w.."' command")
      elseif from+tonumber(v)*(tonumber(last) or 1)>n then
        r=string.find(q,'c',1,true) and E("ERR Number of keys can't be greater than number of args") or syntax
      else
        step=tonumber(last) or 1
        for i=from+1,from+tonumber(v)*step,step do x[#x+1]=i end
      end
      if r then break end
    end
  end
end
if r then break end
if m=='2' and n<2 or #x==0 then r=E('ERR Wrong number of args calling Redis command from script') break end
)";
// From here on a[x[i]] are physical names; e holds their databases. One database: as it is.
// Several: split, or COPY's DB option, or refused.
inline constexpr std::string_view kRun = R"(
local e,d,one={},nil,true
$KEEP$
for i=1,#x do
  $KEPT$
  local v,f=N(W(x[i]))
  if not v then r=E('NOPERM this user has no permissions to access one of the keys used as arguments') break end
  a[x[i]]=v
  e[i]=f
  if i==1 then d=f elseif f~=d then one=false end
end
for i=1,y and #y or 0 do
  local v=W(y[i])
  local star=string.find(v,'*',1,true)
  if star and not r then
    local p=string.match(v,'^(.-)%->',star) or v
    p=string.find(v,'->',star,true)
    local u,f=N(p and string.sub(v,1,p-1) or v)
    if not u or string.find($ANYPREFIX$,'*',1,true) then
      r=E('NOPERM this user has no permissions to access one of the keys used as arguments')
    elseif f~=d then one=false end
    a[y[i]]=p and u and u..string.sub(v,p) or u
  end
end
if r then break end
if string.find(q,'@',1,true) then
  for i=3,n do if L(i,'db') then r=E('ERR DB index is out of range') end end
  if r then break end
  if not one and e[1] and e[2] then
    a[n+1]='DB' a[n+2]=e[2] n=n+2
    one=true
  end
end
if h==6 then r=B(c,unpack(a,1,n)) break end
if one then
  r=Z(d)
  if not r then r=C(c,unpack(a,1,n)) $EXPIRE$ end
else
  local t=string.match(q,'[+*&]')
  if not t then r=Z(false) break end
  if t=='&' and n%2==1 then r=E("ERR wrong number of arguments for '"..w.."' command") break end
  local all=t=='+' and 0 or t=='*' and {} or nil
  for i=1,#x do
    r=Z(e[i])
    if r then break end
    if t=='&' then r=C(c,a[x[i]],a[x[i]+1]) else r=C(c,a[x[i]]) end
    if type(r)=='table' and r.err then break end
    $EXPIREEACH$
    if t=='+' then all=all+r elseif t=='*' then all[i]=r[1] else all=r end
    r=nil
  end
  r=r or all
end
if type(r)=='table' and not r.err then
  if string.find(q,'<',1,true) then r[1]=U(r[1])
  elseif m=='X' and r.map then
    local all={}
    for u,v in pairs(r.map) do all[U(u)]=v end
    r.map=all
  elseif m=='X' then
    for i=1,#r do r[i][1]=U(r[i][1]) end
  end
end
)";
// The same, where keys must have an expiry: o holds their names, z which of them may lack it.
inline constexpr std::string_view kKeep = "local o={} ";
inline constexpr std::string_view kKept = "o[i]=W(x[i]) ";
inline constexpr std::string_view kExpireCold = R"(
local z=string.match(q,'~(.)')
if z and not (type(r)=='table' and r.err) then
  local i,l=1,#x
  if z=='1' then l=1 elseif z=='2' then i=2 l=2 elseif z=='l' then i=l>1 and l or 2 end
  while i<=l do
    local g=Z(e[i]) or T(o[i],a[x[i]],e[i])
    if g then r=g break end
    i=i+1
  end
end
)";
inline constexpr std::string_view kExpireEach = R"(
if string.find(q,'~',1,true) then
  local g=T(o[i],a[x[i]],e[i])
  if g then r=g break end
end
)";
// KEYS, for tenants whose policy grants it: the tenant's own, in all its databases.
inline constexpr std::string_view kKeys = R"(
if q=='L' then
  if n~=1 then r=E('ERR Wrong number of args calling Redis command from script') break end
  local all={}
  for _,v in ipairs($PLACES$) do
    local p=$PLACEPREFIX$
    local g=string.gsub(p,'[%*%?%[%\\]','\\%0')
    r=Z($PLACEDB$)
    if r then break end
    r=C(c,$KEYSPATTERN$)
    if r.err then break end
    for i=1,#r do
      if string.sub(r[i],1,#p)==p then
        local u=$KEYSNAME$
        if D(u)==v then all[#all+1]=u end
      end
    end
    r=nil
  end
  r=r or all
  break
end
)";
// SELECT as the tenant's databases allow. The database is selected when a key asks for it.
inline constexpr std::string_view kSelect = R"(
local v=W(1)
if not string.find(v,'^%d+$') or not string.find($DATABASES$,' '..v..' ',1,true) then
  r=E(string.find(v,'^%-?%d+$') and 'ERR DB index is out of range' or 'ERR value is not an integer or out of range')
  break
end
$FORGET$
$ROUTES$
local f,d=$SELECTED$
D=function() return f,d end
r={ok='OK'}
)";
inline constexpr std::string_view kSelectMerged = R"(
if W(1)=='0' then
  $FORGET$
  $ROUTES$
  D=$ROUTED$
  r={ok='OK'}
  break
end
)";

// An error of call is raised with the line of the client's script: the handler writes the line at
// which it was raised; that of the shim is not taken.
inline constexpr std::string_view kRaise = R"(
if type(r)~='table' or not r.err then return r end
r.err=V(r.err)
if h==0 or h==4 or h==5 then return r end
local _,l=pcall(error,'',4)
l=string.match(l,':(%d+): $') or $TAIL$
error(setmetatable(r,{__index={source='@$SOURCE$',line=l},__newindex=function(t,k,v)
  if k=='line' and v~=$LINE$ then rawset(t,k,v) end
end}),0)
end
)";

}  // namespace bulkhead::rewrite::script
