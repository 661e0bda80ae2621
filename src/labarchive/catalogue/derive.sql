-- From versions of files to scans, sessions and subjects; every statement speaks of one project.

-- name: steps
-- What happened to each path of the new parts, in order, beside the version that was valid before.
create or replace temp table step as
with happened as (
    select path, taken, run, 'seen' as what from incoming
    union all select path, taken, run, 'gone' from vanished
),
before as (
    select path, valid_from, run, 'seen' from file_version
    where project_id = $project_id and valid_to is null and path in (select path from happened)
),
ordered as (select *, false as old from happened union all select *, true from before)
select path, taken, run, what, old, lead(taken) over w as next_taken, lead(what) over w as next_what,
    lead(run) over w as next_run, lag(what) over w as last_what
from ordered window w as (partition by path order by taken);

-- name: close_versions
update file_version set valid_to = s.next_taken, ended_run = s.next_run,
    ended = case s.next_what when 'gone' then 'gone' else 'changed' end
from step s
where file_version.project_id = $project_id and file_version.valid_to is null
    and s.old and s.next_taken is not null and s.path = file_version.path;

-- name: open_versions
insert into file_version by name
select i.* exclude (taken), $project_id as project_id, s.taken as valid_from, s.next_taken as valid_to,
    case when s.last_what = 'seen' then 'changed' else 'new' end as opened,
    case when s.next_taken is null then null when s.next_what = 'gone' then 'gone' else 'changed' end as ended,
    case when s.next_taken is not null then s.next_run end as ended_run
from incoming i join step s on s.path = i.path and s.taken = i.taken and s.what = 'seen' and not s.old;

-- name: digests
-- A digest is of the version that was there when it was taken.
update file_version set sha256 = d.sha256
from digested d
where file_version.project_id = $project_id and file_version.path = d.path
    and file_version.valid_from <= d.taken and (file_version.valid_to is null or file_version.valid_to > d.taken);

-- name: newly_taken
-- Parts that are in the versions of files and not in scans yet.
select count(*) from part where project_id = $project_id and taken > coalesce(
    (select max(frontier) from derived where project_id = $project_id), timestamp '0001-01-01');

-- name: live
create or replace temp table live as
select rowid as r, study_uid, series_uid, content_key, path, bytes, frames, b_value, echo, instance, reason, form,
    valid_from, study_uid <> '' and series_uid <> '' as has_uids
from file_version where project_id = $project_id and valid_to is null and status = 'ok';

-- name: unkeyed_series
select distinct l.study_uid, l.series_uid from live l
anti join (select * from scan_key where project_id = $project_id) k
    on k.study_uid = l.study_uid and k.series_uid = l.series_uid
where has_uids order by 1, 2;

-- name: content_now
-- Where each id of a file without UIDs is bound now.
create or replace temp table content_now as
select scan_id, arg_max(content_key, seq) as content_key, arg_max(path, seq) as path
from scan_key where project_id = $project_id and content_key is not null group by scan_id;

-- name: unkeyed_contents
select distinct l.content_key, l.path from live l
anti join content_now k on k.content_key = l.content_key and k.path = l.path
where not coalesce(has_uids, false) and l.content_key is not null order by 1, 2;

-- name: lost_contents
-- Ids whose old path is gone, of the keys that have come up somewhere else.
select k.content_key, k.scan_id from content_now k
anti join live l on k.content_key = l.content_key and k.path = l.path
where k.content_key in (
    select l.content_key from live l
    anti join content_now k on k.content_key = l.content_key and k.path = l.path
    where not coalesce(has_uids, false)
) order by 1, 2;

-- name: member
create or replace temp table member as
select l.*, k.scan_id from live l
join (select distinct scan_id, study_uid, series_uid from scan_key
      where project_id = $project_id and study_uid is not null) k
    on l.has_uids and k.study_uid = l.study_uid and k.series_uid = l.series_uid
union all
select l.*, k.scan_id from live l
join content_now k on not coalesce(l.has_uids, false) and k.content_key = l.content_key and k.path = l.path;

-- name: series
-- One row a scan: the first file's values and what all files add up to.
create or replace temp table series as
with sums as (
    select m.scan_id, arg_min(m.r, (coalesce(m.instance, 9000000000000), m.path)) as first, count(*) as n_files,
        sum(m.bytes)::bigint as bytes_all, max(m.frames) as frames_max,
        list_sort(list(distinct m.b_value) filter (where m.b_value is not null)) as b_values,
        count(distinct m.echo) as n_echoes, count(*) filter (where m.reason <> '') as warnings,
        count(*) filter (where m.has_uids) as n_dicom
    from member m group by m.scan_id
),
whole as (
    select m.scan_id, count(*) as n_whole from member m
    join (select path, max(taken) as taken from instance_key where project_id = $project_id group by path) i
        on i.path = m.path and i.taken >= m.valid_from
    group by m.scan_id
)
select s.* exclude (first), coalesce(w.n_whole, 0) as n_whole,
    f.* exclude (project_id, sha256, run, opened, ended, ended_run, valid_from, valid_to, ctime_ns, inode, mtime_ns),
    parse_dirpath(f.path) as folder
from sums s join file_version f on f.rowid = s.first left join whole w on w.scan_id = s.scan_id;

-- name: session_keys
-- A session is a study; without UIDs it is the BIDS session's folder, or the folder the file lies in.
create or replace temp table session_of as
select scan_id, case
    when study_uid <> '' and series_uid <> '' then 'study ' || study_uid
    else 'folder ' || coalesce(nullif(regexp_replace(  -- derivatives of a visit belong to the visit
            regexp_extract(path, '^(.*/)?sub-[^/]+(/ses-[^/]+)?/', 0),
            '(^|/)(?:derivatives(?:/[^/]*)?|sourcedata|rawdata)/(sub-[^/]+(?:/ses-[^/]+)?/)$', '\1\2'), ''), folder || '/')
    end as key
from series;

-- name: unkeyed_sessions
select distinct key from session_of
where key not in (
    select arg_max(key, seq) from session_key where project_id = $project_id group by session_id
) order by 1;

-- name: moved_sessions
-- Sessions whose scans have all come up under a new key while nothing is left under the old one.
with now as (
    select session_id, arg_max(key, seq) as key from session_key where project_id = $project_id group by session_id
)
select o.key, list(distinct f.session_id order by f.session_id) as candidates
from session_of o
join scan_fact f on f.scan_id = o.scan_id and f.valid_to is null
join now n on n.session_id = f.session_id
where o.key not in (select key from now) and n.key not in (select key from session_of)
group by o.key order by o.key;

-- name: placed
create or replace temp table placed as
select o.scan_id, n.session_id from session_of o
join (select key, max(session_id) as session_id from (
        select session_id, arg_max(key, seq) as key from session_key where project_id = $project_id
        group by session_id) group by key) n on n.key = o.key;

-- name: digested_series
create or replace temp table facts as
select scan_id, md5(s::varchar || $rules) as facts from series s;

-- name: to_judge
select s.*, p.session_id, t.facts from series s
join facts t on t.scan_id = s.scan_id
join placed p on p.scan_id = s.scan_id
left join scan_fact f on f.scan_id = s.scan_id and f.valid_to is null
left join (select distinct session_id from binding where project_id = $project_id) b on b.session_id = p.session_id
where f.facts is distinct from t.facts or b.session_id is null
order by s.study_date, s.study_time, s.number, s.path;

-- name: judged
create or replace temp table judged as
select * from judged_now
union all by name
select f.scan_id, f.label, f.kind, f.kind_confidence, f.kind_reason, f.why, f.session_label, f.subject_label, t.facts
from scan_fact f join facts t on t.scan_id = f.scan_id
where f.project_id = $project_id and f.valid_to is null and f.scan_id not in (select scan_id from judged_now);

-- name: fresh_scans
create or replace temp table fresh as
with timed as (
    select *, regexp_replace(coalesce(nullif(acquisition_date, ''), nullif(series_date, ''), study_date), '\D', '', 'g') as day,
        regexp_replace(split_part(coalesce(
            case when acquisition_date <> '' or coalesce(series_date, '') = '' then nullif(acquisition_time, '') end,
            nullif(series_time, ''), study_time, ''), '.', 1), '\D', '', 'g') as clock
    from series
),
there as (
    select $project_id as project_id, s.scan_id, p.session_id, s.study_uid, s.series_uid, s.content_key, j.label,
        s.number, s.description, s.protocol, j.kind, j.kind_confidence, j.kind_reason, s.modality,
        case s.form when 'dicom' then 'DICOM' when 'nifti' then 'NIfTI' when 'mgh' then 'MGH'
            when 'parrec' then 'PAR/REC' else s.form end as format,
        s.manufacturer, s.model, s.station, s.field_strength,
        coalesce(try_strptime(day || left(rpad(clock, 6, '0'), 6), '%Y%m%d%H%M%S'), try_strptime(day, '%Y%m%d'))
            as acquired,
        s.sop_class, s.tr, s.te, s.ti, s.flip_angle, s.rows, s.columns, s.frames_max as frames,
        case when len(s.pixel_spacing) >= 2 then
            [s.pixel_spacing[2], s.pixel_spacing[1],
             coalesce(s.pixel_spacing[3], nullif(s.spacing, 0), s.slice_thickness)] end as voxel,
        s.n_files, s.bytes_all as bytes, s.folder,
        case when s.form = 'dicom' then s.n_whole / s.n_files else 1.0 end as header_complete,
        s.warnings, j.why, j.session_label, j.subject_label, j.facts, false as gone
    from timed s join judged j on j.scan_id = s.scan_id join placed p on p.scan_id = s.scan_id
)
select * from there
union all by name
select f.* exclude (valid_from, valid_to) replace (true as gone, '' as facts) from scan_fact f
where f.project_id = $project_id and f.valid_to is null and f.scan_id not in (select scan_id from there);

-- name: fresh_persons
create or replace temp table fresh as
select distinct $project_id as project_id, p.session_id, s.patient_name, s.patient_id, s.birth_date, s.sex, s.accession
from series s join placed p on p.scan_id = s.scan_id
where coalesce(s.patient_name, s.patient_id, s.birth_date, s.sex, s.accession) is not null
union all
select f.* exclude (valid_from, valid_to) from person_fact f
where f.project_id = $project_id and f.valid_to is null and f.session_id not in (select session_id from placed);

-- name: fresh_sessions
create or replace temp table fresh as
with now as (select * from scan_fact where project_id = $project_id and valid_to is null),
labels as (
    select session_id, arg_min(session_label, (gone, coalesce(acquired, timestamp '9999-01-01'), coalesce(number, 9000000000000), scan_id))
        filter (where session_label <> '') as label,
    arg_min(subject_label, (gone, coalesce(acquired, timestamp '9999-01-01'), coalesce(number, 9000000000000), scan_id))
        filter (where subject_label <> '') as subject_label
    from now group by session_id
)
select n.project_id, n.session_id, b.subject_id, nullif(n.study_uid, '') as study_uid, n.folder,
    coalesce(l.label, '') as label, coalesce(l.subject_label, '') as subject_label, n.acquired,
    d.study_description, d.institution, n.manufacturer, n.model, n.station, n.field_strength, n.gone
from now n
join bound b on b.session_id = n.session_id
join labels l on l.session_id = n.session_id
left join (
    select s.scan_id, s.study_description, s.institution from series s
    union all
    select n.scan_id, f.study_description, f.institution from now n
    join session_fact f on f.session_id = n.session_id and f.valid_to is null
    where n.scan_id not in (select scan_id from series)
) d on d.scan_id = n.scan_id
qualify row_number() over (partition by n.session_id
    order by n.gone, n.acquired nulls last, n.number nulls last, n.scan_id) = 1;

-- name: rebound_sessions
create or replace temp table fresh as
select f.* exclude (valid_from, valid_to) replace (b.subject_id as subject_id)
from session_fact f join bound b on b.session_id = f.session_id
where f.project_id = $project_id and f.valid_to is null;

-- name: unlabelled_subjects
-- Subjects that no rule and nobody has named yet, in the order of their first session.
select b.subject_id from bound b
join placed p on p.session_id = b.session_id
join judged j on j.scan_id = p.scan_id
join series s on s.scan_id = p.scan_id
where b.subject_id not in (select subject_id from subject_key where project_id = $project_id and assigned is not null)
group by b.subject_id having count(*) filter (where j.subject_label <> '') = 0
order by min(coalesce(s.study_date, '9') || coalesce(s.study_time, '')), min(s.path);

-- name: taken_labels
select label from subject_fact where project_id = $project_id
union select assigned from subject_key where project_id = $project_id and assigned is not null
union select subject_label from judged where subject_label <> '';

-- name: fresh_subjects
create or replace temp table fresh as
with given as (
    select subject_id, arg_max(assigned, seq) as assigned, bool_or(fixed) as fixed
    from subject_key where project_id = $project_id group by subject_id
)
select f.project_id, f.subject_id, coalesce(
    case when any_value(g.fixed) then any_value(g.assigned) end,
    arg_min(f.subject_label, (coalesce(f.acquired, timestamp '9999-01-01'), f.session_id))
        filter (where f.subject_label <> ''),
    any_value(g.assigned), '') as label
from session_fact f left join given g on g.subject_id = f.subject_id
where f.project_id = $project_id and f.valid_to is null
group by f.project_id, f.subject_id;

-- name: would_move
-- Where other rules would put each scan: old and new labels, and why.
select f.scan_id, f.session_id, f.folder, f.subject_label as subject, j.subject_label as new_subject,
    f.session_label as session, j.session_label as new_session, f.label as scan, j.label as new_scan, j.why
from judged j join scan_fact f on f.scan_id = j.scan_id and f.valid_to is null
where (f.subject_label, f.session_label, f.label) is distinct from (j.subject_label, j.session_label, j.label)
order by f.folder, f.scan_id;
