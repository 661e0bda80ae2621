-- What REST asks beyond plain rows of a view. {fits} is a condition on scans.

-- name: project_counts
select (select count(*) from subject) as n_subjects, (select count(*) from session where not gone) as n_sessions,
    count(*) as n_scans, coalesce(sum(bytes), 0)::bigint as bytes from scan where not gone;

-- name: kinds
select coalesce(kind, 'unknown') as value, count(*) as count from scan where not gone group by all order by 2 desc, 1;

-- name: qualities
select quality as value, count(*) as count from scan where not gone group by all;

-- name: n_conflicts
select count(*) as n from conflict;

-- name: tree
with fitting as (
    select session_id, count(*) as n_scans, count(*) filter (where quality = 'usable') as usable,
        count(*) filter (where quality = 'questionable') as questionable,
        count(*) filter (where quality = 'unusable') as unusable,
        count(*) filter (where quality = 'unreviewed') as unreviewed
    from scan where {fits} group by session_id
)
select s.subject, s.subject_id, s.session, s.session_id, strftime(s.acquired, '%Y-%m-%d') as acquired,
    f.n_scans, f.usable, f.questionable, f.unusable, f.unreviewed
from session s join fitting f on f.session_id = s.session_id
where not s.gone order by s.subject, s.subject_id, s.acquired nulls last, s.session, s.session_id;

-- name: conflicts
-- How many each thing is in, itself or by what lies in it: each counts once, however many of its visits it names.
with named as (select n, unnest(ids) as id from (select row_number() over () as n, ids from conflict)),
held as (select id, n from named union all select s.session_id, n from scan s join named on named.id = s.scan_id),
above as (select id, n from held union all select s.subject_id, n from session s join held on held.id = s.session_id)
select id, count(distinct n) as n from above group by id;

-- name: conflicts_of
select what, detail, about, ids from conflict where list_has_any(ids, (
    select list(id) from (select unnest([{within}]) as id from scan where {level}_id = $1)
)) order by what, detail;

-- name: duplicates_of
select what, key, n, paths, digested_share from duplicate where list_has_any(paths, (
    select list(f.path) from file f join scan s on s.scan_id = f.scan_id where s.{level}_id = $1
)) order by what, n desc, key limit 1000;

-- name: history
select seq, "at", who, door, project, verb, about, payload, undone from saying where about = ? order by seq desc limit 500;

-- name: header
select header from header where scan_id = ?;

-- name: selections
select name, q, who from (
    select payload->>'name' as name, payload->>'q' as q, who, seq from saying
    where verb = 'selection' and not undone and payload is not null
    qualify row_number() over (partition by payload->>'name' order by seq desc) = 1
) where q <> '' order by name;

-- name: queue
-- What waits to be judged: what one has rated oneself (it can be looked at again), and what nobody has, or with $again
-- what others have. How others rated is told with the history of a scan that one has rated.
with fitting as (select * from scan where {fits}),
mine as (select scan_id, quality, reason, confidence, note, seq from rating where who = ?),
theirs as (select scan_id, count(*) as n from rating where who <> ? group by scan_id)
select c.scan_id, c.subject, c.session, c.scan, c.kind, strftime(c.acquired, '%Y-%m-%d') as acquired,
    m.quality as mine, m.reason, m.confidence, m.note, m.seq, coalesce(t.n, 0)::integer as others
from fitting c
left join mine m on m.scan_id = c.scan_id
left join theirs t on t.scan_id = c.scan_id
where not c.gone and (m.quality is not null or t.n is null or ?)
order by c.subject, c.subject_id, c.acquired nulls last, c.session_id, c.number nulls last, c.scan_id;

-- name: lightbox
-- Every scan that fits, with what is said of it, and by oneself.
with fitting as (select * from scan where {fits}),
mine as (select scan_id, quality from rating where who = ?),
newest as (select scan_id, max("at") as rated from rating group by scan_id)
select c.scan_id, c.subject, c.session, coalesce(c.kind, c.scan) as name, strftime(c.acquired, '%Y-%m-%d') as acquired,
    c.quality, c.quality_reason as reason, m.quality as mine, strftime(n.rated, '%Y-%m-%dT%H:%M:%S') as rated
from fitting c
left join mine m on m.scan_id = c.scan_id
left join newest n on n.scan_id = c.scan_id
where not c.gone
order by c.subject, c.subject_id, c.acquired nulls last, c.session_id, c.number nulls last, c.scan_id;

-- name: measures_of
-- A scan's measures beside those of its kind and scanner; the farthest from their median first.
select metric, value, unit, coalesce(middle, value) as middle, z, n, better, tool, departs from departure
where scan_id = $1 order by abs(value - middle) / deviation desc nulls last, metric;

-- name: departing
select scan_id, max(abs(z)) as z, arg_max(metric, abs(z)) as metric from outlier group by scan_id;

-- name: measured_kinds
-- Which measures there are of which kinds, by how many scans, and how many of them depart.
select kind, metric, tool, any_value(unit) as unit, count(*) as n, count(*) filter (where departs) as outliers
from departure where not gone group by kind, metric, tool order by kind, outliers desc, metric;

-- name: course
-- One measure of all scans of a kind, in the order in which they were acquired.
select d.scan_id, c.subject, c.session, coalesce(c.kind, c.scan) as name, d.scanner,
    strftime(c.acquired, '%Y-%m-%d') as acquired, d.value, d.middle, d.z, d.departs, c.quality
from departure d join scan c on c.scan_id = d.scan_id
where d.metric = $1 and d.tool = $2 and d.kind = $3 and not d.gone order by c.acquired nulls last, d.scan_id;
