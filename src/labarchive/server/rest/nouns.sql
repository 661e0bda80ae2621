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
-- What waits to be judged: what one has rated oneself (it can be looked at again), what nobody has, or with $again
-- what others have, and what is rated blind. How others rated is told with the history of a scan that one has rated.
with fitting as (select * from scan where {fits}),
mine as (select scan_id, quality, reason, confidence, note, seq from rating where who = ?),
theirs as (select scan_id, count(*) as n from rating where who <> ? group by scan_id)
select c.scan_id, c.subject, c.session, c.scan, c.kind, strftime(c.acquired, '%Y-%m-%d') as acquired,
    m.quality as mine, m.reason, m.confidence, m.note, m.seq, coalesce(t.n, 0)::integer as others
from fitting c
left join mine m on m.scan_id = c.scan_id
left join theirs t on t.scan_id = c.scan_id
where not c.gone and (m.quality is not null or t.n is null or ? or c.scan_id in (select unnest(?::varchar[])))
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

-- name: protocol
select text, anchor, who, strftime("at", '%Y-%m-%dT%H:%M:%SZ') as "at" from protocol;

-- name: planned_visits
select visit, title, place, day, low, high from planned_visit order by place;

-- name: visits
-- Days are dates in the answer; nothing here says who anybody is.
select subject_id, subject, visit, place, day, strftime(due, '%Y-%m-%d') as due, strftime(opens, '%Y-%m-%d') as opens,
    strftime(closes, '%Y-%m-%d') as closes, session_id, session, strftime(came, '%Y-%m-%d') as came, off, kind, form,
    needed, n, scan_id, status
from visit_status order by subject, subject_id, place, form nulls first, kind;

-- name: compliance
-- Limits one by one: of a scanner's own settings those that differ most often, since the first of the newest run.
with judged as (select * from compliance where ? = '' or kind = ?),
others as (
    select kind, parameter, count(distinct scan_id) as n, mode(value) as value, count(distinct value) as values,
        strftime(max(since), '%Y-%m-%d') as since, list(distinct scanner order by scanner) as scanners,
        bool_or(verdict = 'exclude') as excludes
    from judged where deviates group by kind, parameter
)
select j.kind, j.parameter, string_agg(distinct j.planned, ', ') as planned, count(distinct j.scan_id) as scans,
    coalesce(any_value(o.n), 0) as others, any_value(o.value) as value, coalesce(any_value(o.values), 0) as values,
    any_value(o.since) as since, coalesce(any_value(o.scanners), []) as scanners,
    case when any_value(o.n) is null then '' when any_value(o.excludes) then 'exclude' else 'warn' end as verdict
from judged j left join others o on o.kind = j.kind and o.parameter = j.parameter
group by j.kind, j.parameter order by j.kind, others desc, j.parameter;

-- name: deviations
select scan_id, scan, kind, scanner, parameter, value, planned, verdict, strftime(acquired, '%Y-%m-%d') as acquired,
    strftime(since, '%Y-%m-%d') as since
from deviation where ? = '' or kind = ? order by kind, parameter, acquired nulls last, scan_id;

-- name: ratings
-- What each rater says now of the scans that fit; a rating that settles a dispute is no opinion to be compared.
with fitting as (select scan_id from scan where not gone and {fits})
select r.scan_id, r.who, r.quality, r.confidence, r.seconds, r."at" from rating r join fitting f on f.scan_id = r.scan_id
where not r.settles;

-- name: disputes
-- Scans of which two say differently: what is said, worst first, but not by whom.
with fitting as (select * from scan where not gone and {fits}),
said as (
    select r.scan_id, list({'quality': r.quality, 'reason': r.reason, 'confidence': r.confidence, 'note': r.note}
        order by list_position(['unusable', 'questionable', 'usable'], r.quality), hash(r.seq)) filter (where not r.settles) as said,
        count(distinct r.quality) filter (where not r.settles) as n, bool_or(r.who = ?) filter (where not r.settles) as mine,
        max(r.seq) filter (where not r.settles) as newest, max(r.seq) filter (where r.settles) as settled
    from rating r join fitting f on f.scan_id = r.scan_id group by r.scan_id having n > 1
)
select s.scan_id, f.subject, f.session, coalesce(f.kind, f.scan) as name, s.said, s.mine, f.quality,
    coalesce(s.settled > s.newest, false) as settled
from said s join fitting f on f.scan_id = s.scan_id order by settled, f.subject, f.session, s.scan_id;

-- name: form_of_subjects
with mine as (select about, max("at") as "at", max(seq) as seq from entry where form = ? and who = ? group by about),
theirs as (select about, count(distinct who) as n from entry where form = ? and who <> ? group by about)
select t.subject_id as about, t.subject, '' as session, '' as name, null::varchar as acquired, m.seq,
    strftime(m."at", '%Y-%m-%d') as filled, coalesce(o.n, 0) as others
from subject t left join mine m on m.about = t.subject_id left join theirs o on o.about = t.subject_id
order by t.subject, t.subject_id;

-- name: form_of_sessions
with mine as (select about, max("at") as "at", max(seq) as seq from entry where form = ? and who = ? group by about),
theirs as (select about, count(distinct who) as n from entry where form = ? and who <> ? group by about)
select t.session_id as about, t.subject, t.session, '' as name, strftime(t.acquired, '%Y-%m-%d') as acquired, m.seq,
    strftime(m."at", '%Y-%m-%d') as filled, coalesce(o.n, 0) as others
from session t left join mine m on m.about = t.session_id left join theirs o on o.about = t.session_id
where not t.gone order by t.subject, t.subject_id, t.acquired nulls last, t.session_id;

-- name: form_of_scans
with mine as (select about, max("at") as "at", max(seq) as seq from entry where form = ? and who = ? group by about),
theirs as (select about, count(distinct who) as n from entry where form = ? and who <> ? group by about)
select t.scan_id as about, t.subject, t.session, coalesce(t.kind, t.scan) as name, strftime(t.acquired, '%Y-%m-%d') as acquired,
    m.seq, strftime(m."at", '%Y-%m-%d') as filled, coalesce(o.n, 0) as others
from scan t left join mine m on m.about = t.scan_id left join theirs o on o.about = t.scan_id
where not t.gone order by t.subject, t.subject_id, t.acquired nulls last, t.scan_id;

-- name: entries_of
-- What was said, what stands and what does not any more.
select h.seq, h.who, h.version, h.lesion, h.answers, h.missing, h.scores, h.reason, h.undone,
    strftime(h."at", '%Y-%m-%dT%H:%M:%SZ') as "at", e.seq is not null as stands
from entry_history h left join entry e on e.seq = h.seq
where h.about = ? and h.form = ? order by h.seq desc limit 200;
