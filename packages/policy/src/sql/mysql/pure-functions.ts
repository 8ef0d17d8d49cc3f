/**
 * Functions of MySQL 8 and of MariaDB 10.6 that only compute or look something up.
 *
 * INVARIANT: a function is added here only after reading what it does, and only if both servers
 * have it: where it isn't built in, the name calls a stored or loaded function. Left out on
 * purpose: what waits (`sleep`, `benchmark`), locks (`get_lock`), reads files (`load_file`),
 * draws or sets numbers (`nextval`, `last_insert_id`, `uuid_short`) or follows replication.
 */
export const MYSQL_PURE_FUNCTIONS: ReadonlySet<string> = new Set(
  [
    // aggregates and windows
    `avg bit_and bit_or bit_xor count group_concat max min std stddev stddev_pop stddev_samp sum
     var_pop var_samp variance json_arrayagg json_objectagg row_number rank dense_rank percent_rank
     cume_dist ntile lag lead first_value last_value nth_value`,
    // choices and comparisons
    `coalesce greatest if ifnull interval isnull least nullif strcmp`,
    // numbers
    `abs acos asin atan atan2 ceil ceiling conv cos cot crc32 degrees exp floor format ln log log10
     log2 mod oct pi pow power radians rand round sign sin sqrt tan truncate`,
    // text
    `ascii bin bit_count bit_length char char_length character_length concat concat_ws elt
     export_set field find_in_set from_base64 hex insert instr lcase left length locate lower lpad
     ltrim make_set md5 mid octet_length ord position quote regexp_instr regexp_replace
     regexp_substr repeat replace reverse right rpad rtrim sha sha1 sha2 soundex space substr
     substring substring_index to_base64 trim ucase unhex upper weight_string convert`,
    // dates and times
    `adddate addtime convert_tz curdate current_date current_time current_timestamp curtime date
     date_add date_format date_sub datediff day dayname dayofmonth dayofweek dayofyear extract
     from_days from_unixtime get_format hour last_day localtime localtimestamp makedate maketime
     microsecond minute month monthname now period_add period_diff quarter sec_to_time second
     str_to_date subdate subtime sysdate time time_format time_to_sec timediff timestamp
     timestampadd timestampdiff to_days to_seconds unix_timestamp utc_date utc_time utc_timestamp
     week weekday weekofyear year yearweek`,
    // json
    `json_array json_array_append json_array_insert json_contains json_contains_path json_depth
     json_extract json_insert json_keys json_length json_merge_patch json_merge_preserve
     json_object json_quote json_remove json_replace json_search json_set json_type json_unquote
     json_valid json_value`,
    // network and identifiers
    `inet_aton inet_ntoa inet6_aton inet6_ntoa is_ipv4 is_ipv6 uuid`,
    // looking at the session
    `charset coercibility collation connection_id current_role current_user database found_rows
     row_count schema session_user system_user user version`,
  ]
    .join(' ')
    .trim()
    .split(/\s+/),
);
