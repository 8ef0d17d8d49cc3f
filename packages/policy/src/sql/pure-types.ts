/**
 * Types that come with Postgres. A cast to any other may call a function: the check of a domain,
 * or the cast that somebody defined.
 */
export const PURE_TYPES: ReadonlySet<string> = new Set(
  [
    `bool int2 int4 int8 float4 float8 numeric money text varchar bpchar char name bytea bit varbit
     date time timetz timestamp timestamptz interval json jsonb jsonpath uuid xml inet cidr macaddr
     macaddr8 point line lseg box path polygon circle tsvector tsquery record`,
    `int4range int8range numrange tsrange tstzrange daterange int4multirange int8multirange
     nummultirange tsmultirange tstzmultirange datemultirange`,
    `oid tid xid xid8 cid pg_lsn pg_snapshot int2vector oidvector regclass regcollation regconfig
     regdictionary regnamespace regoper regoperator regproc regprocedure regrole regtype`,
  ]
    .join(' ')
    .split(/\s+/),
);
