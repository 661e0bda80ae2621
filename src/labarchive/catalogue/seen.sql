-- What an indexer asks. `incoming`, `vanished`, `arrived` and `whole` are views on the parts not yet taken in.

-- name: known_files
with steps as (
    select path, path_bytes, bytes, mtime_ns, inode, taken, true as there from incoming
    union all by name select path, taken, false as there from vanished
),
latest as (
    select path, arg_max({'b': path_bytes, 's': bytes, 'm': mtime_ns, 'i': inode, 'there': there}, taken) as l
    from steps group by path
),
files as (
    select path, l.b as path_bytes, l.s as bytes, l.m as mtime_ns, l.i as inode from latest where l.there
    union all
    select path, path_bytes, bytes, mtime_ns, inode from file_version f
    where project_id = $project_id and valid_to is null and not exists (select 1 from latest l where l.path = f.path)
)
select coalesce(path_bytes, encode(path)) as path, bytes, mtime_ns, inode from files
where exists (select 1 from (select unnest($roots::varchar[]) as root) where path = root or starts_with(path, root || '/'));

-- name: missing_headers
with read as (
    select path, max(taken) as taken from (
        select path, taken from instance_key where project_id = $project_id union all select path, taken from whole
    ) group by path
)
select coalesce(f.path_bytes, encode(f.path)) as path, f.bytes, f.mtime_ns, f.inode, f.study_uid, f.series_uid, f.sop_uid
from file_version f left join read r on r.path = f.path
where f.project_id = $project_id and f.valid_to is null and f.status = 'ok' and f.form = 'dicom'
    and (r.path is null or r.taken < f.valid_from)
    and exists (select 1 from (select unnest($roots::varchar[]) as root) where f.path = root or starts_with(f.path, root || '/'))
order by f.study_uid, f.series_uid, f.path;

-- name: series_seen
select distinct study_uid, series_uid from (
    select study_uid, series_uid from header_key where project_id = $project_id
    union all select study_uid, series_uid from arrived
) where study_uid <> '' and series_uid <> '' order by 1, 2;

-- name: statuses
select status, count(*) from file_version f where project_id = $project_id and valid_to is null
    and exists (select 1 from (select unnest($roots::varchar[]) as root) where f.path = root or starts_with(f.path, root || '/'))
group by status;

-- name: changes
select count(distinct path) filter (where run = $run and opened = 'new'),
    count(distinct path) filter (where run = $run and opened = 'changed' and path not in (
        select path from file_version where project_id = $project_id and run = $run and opened = 'new')),
    count(distinct path) filter (where ended_run = $run and ended = 'gone' and path not in (
        select path from file_version where project_id = $project_id and valid_to is null))
from file_version where project_id = $project_id and (run = $run or ended_run = $run);
