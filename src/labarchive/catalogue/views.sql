-- The public views, over the base tables as they were at a moment. The owner and every kernel run this text.
-- {base} stands before a base table and {into} before a view; {live f} says which rows were valid, {until s}
-- which sayings had been said.

create or replace view {into}project as
select project, project_id, created from {base}project_fact p where {live p};

-- A saying is undone when the newest undo whose chain names it stands at an odd depth above it.
create or replace view {into}saying as
with chain as (
    select s.seq, unnest(s.undoes) as target, generate_subscripts(s.undoes, 1) as place, len(s.undoes) as depth
    from {base}saying_fact s where s.undoes is not null and {until s}
),
undoing as (
    select target, arg_max((depth - place) % 2 = 0, seq) as undone from chain group by target
)
select s.seq, s."at", s.who, s.door, s.project, s.about, s.verb, s.payload::json as payload,
    coalesce(u.undone, false) as undone, s.project_id
from {base}saying_fact s left join undoing u on u.target = s.seq
where {until s};

-- Everything that was ever said of a scan's quality; of reasons there may be several. One that settles decides between others.
create or replace view {into}rating_history as
select project, about as scan_id, payload->>'quality' as quality,
    case json_type(payload->'reason') when 'ARRAY' then array_to_string((payload->'reason')::varchar[], ', ')
        else payload->>'reason' end as reason,
    payload->>'confidence' as confidence, payload->>'note' as note, (payload->>'seconds')::double as seconds,
    (payload->>'version')::integer as version, coalesce((payload->>'settles')::boolean, false) as settles, who, door, "at", seq, undone
from {into}saying where verb = 'rating' and payload is not null;

-- What each rater says now.
create or replace view {into}rating as
select * exclude (undone) from {into}rating_history where not undone
qualify row_number() over (partition by scan_id, who order by seq desc) = 1;

-- Forms as they were filled in: answers and codes as JSON, by item; scores as they were reckoned then.
create or replace view {into}entry_history as
select project, about, payload->>'form' as form, (payload->>'version')::integer as version, payload->>'lesion' as lesion,
    payload->'answers' as answers, payload->'missing' as missing, payload->'scores' as scores,
    payload->>'reason' as reason, who, door, "at", seq, undone
from {into}saying where verb = 'entry' and payload is not null;

-- What each person says now of each thing, by form.
create or replace view {into}entry as
select * exclude (undone) from {into}entry_history where not undone
qualify row_number() over (partition by about, form, lesion, who order by seq desc) = 1;

-- One row an item: a value, or the code that stands in its place.
create or replace view {into}answer as
select project, about, form, version, lesion, item, answers->>item as value, missing->>item as missing, who, "at", seq
from (
    select *, unnest(list_distinct(list_concat(json_keys(answers), json_keys(missing)))) as item from {into}entry
);

create or replace view {into}tag as
select project, about, tag, who, "at" from (
    select project, about, payload->>'tag' as tag, who, "at", verb
    from {into}saying where verb in ('tag', 'untag') and not undone and payload is not null
    qualify row_number() over (partition by about, payload->>'tag' order by seq desc) = 1
) where verb = 'tag';

create or replace view {into}note as
select project, about, payload->>'note' as note, who, "at"
from {into}saying where verb = 'note' and not undone and payload is not null and payload->>'note' <> '';

-- The newest label, kind and note of each thing, as people said them.
create or replace view {into}said as
with newest as (
    select about, verb, payload->>verb as word from {into}saying
    where verb in ('label', 'kind', 'note') and not undone and payload is not null
    qualify row_number() over (partition by about, verb order by seq desc) = 1
),
words as (
    select about, max(word) filter (where verb = 'label' and word <> '') as label,
        max(word) filter (where verb = 'kind' and word <> '') as kind,
        max(word) filter (where verb = 'note' and word <> '') as note
    from newest group by about
),
tags as (select about, list(tag order by tag) as tags from {into}tag group by about)
select coalesce(w.about, t.about) as about, w.label, w.kind, w.note, t.tags
from words w full join tags t on t.about = w.about;

-- The worst that anybody says, unless somebody settled it since.
create or replace view {into}quality as
select scan_id, quality, reason as quality_reason, who as quality_by
from (select *, max(seq) over (partition by scan_id) as newest from {into}rating)
qualify row_number() over (
    partition by scan_id
    order by settles and seq = newest desc,
        coalesce(list_position(['usable', 'questionable', 'unusable'], quality), 0) desc, "at" desc) = 1;

create or replace view {into}subject as
with sessions as (
    select subject_id, count(*) filter (where not gone) as n_sessions from {base}session_fact s where {live s}
    group by subject_id
)
select p.project, coalesce(w.label, f.label) as subject, f.subject_id, coalesce(n.n_sessions, 0) as n_sessions,
    coalesce(w.tags, []::varchar[]) as tags, w.note, f.project_id
from {base}subject_fact f
join {into}project p on p.project_id = f.project_id
left join sessions n on n.subject_id = f.subject_id
left join {into}said w on w.about = f.subject_id
where {live f};

create or replace view {into}session as
with scans as (
    select session_id, count(*) filter (where not gone) as n_scans from {base}scan_fact c where {live c}
    group by session_id
)
select u.project, u.subject, u.subject_id, coalesce(w.label, f.label) as session, f.session_id, f.study_uid,
    f.acquired, f.study_description, f.institution, f.manufacturer, f.model, f.station, f.field_strength,
    coalesce(n.n_scans, 0) as n_scans, coalesce(w.tags, []::varchar[]) as tags, w.note, f.gone, f.project_id
from {base}session_fact f
join {into}subject u on u.subject_id = f.subject_id
left join scans n on n.session_id = f.session_id
left join {into}said w on w.about = f.session_id
where {live f};

create or replace view {into}scan as
select n.project, n.subject, n.subject_id, n.session, f.session_id, coalesce(w.label, f.label) as scan, f.scan_id,
    f.number, f.description, f.protocol, coalesce(w.kind, f.kind) as kind,
    case when w.kind is null then f.kind_confidence else 1.0 end as kind_confidence,
    case when w.kind is null then f.kind_reason else 'a person said so' end as kind_reason,
    f.modality, f.format, f.manufacturer, f.model, f.station, f.field_strength, f.acquired, f.study_uid,
    f.series_uid, f.sop_class, f.tr, f.te, f.ti, f.flip_angle, f.rows, f.columns, f.frames,
    f.voxel::double[3] as voxel, f.n_files, f.bytes, f.folder, coalesce(q.quality, 'unreviewed') as quality,
    q.quality_reason, q.quality_by, coalesce(w.tags, []::varchar[]) as tags, w.note, f.header_complete,
    f.warnings, f.why, f.gone, f.content_key, f.project_id
from {base}scan_fact f
join {into}session n on n.session_id = f.session_id
left join {into}said w on w.about = f.scan_id
left join {into}quality q on q.scan_id = f.scan_id
where {live f};

create or replace view {into}file as
select p.project, f.* exclude (project_id, ended, valid_from, valid_to, run)
from {base}file_fact f join {into}project p on p.project_id = f.project_id
where {live f};

create or replace view {into}gone as
select p.project, f.scan_id, f.path, f.bytes, f.valid_to as since
from (
    select project_id, scan_id, path, bytes, valid_to from {base}file_fact g
    where ended = 'gone' and {past g}
      and not exists (select 1 from {base}file_fact f
                      where f.path = g.path and f.project_id = g.project_id and {live f})
    qualify row_number() over (partition by project_id, path order by valid_to desc) = 1
) f join {into}project p on p.project_id = f.project_id;

create or replace view {into}header as
with owned as (
    select project_id, scan_id, study_uid, series_uid, content_key from {base}scan_fact f where {live f}
),
newest as (
    select project_id, header_key, max(taken) as taken from {base}header_fact h where {seen h}
    group by project_id, header_key
)
select p.project, o.scan_id, h.header::json as header
from {base}header_fact h
join newest n on n.project_id = h.project_id and n.header_key = h.header_key and n.taken = h.taken
join owned o on o.project_id = h.project_id
    and ((o.study_uid = h.study_uid and o.series_uid = h.series_uid) or o.content_key = h.header_key)
join {into}project p on p.project_id = h.project_id;

-- Only keys are grouped: the headers themselves are read for the rows that are asked for.
create or replace view {into}instance_header as
with owned as (select project_id, scan_id, study_uid, series_uid from {base}scan_fact f where {live f}),
newest as (
    select o.scan_id, h.project_id, h.path, h.header_key, max(h.taken) as taken
    from {base}instance_fact h
    join owned o on o.project_id = h.project_id and o.study_uid = h.study_uid and o.series_uid = h.series_uid
    where {seen h} group by all
),
based as (
    select n.scan_id, n.project_id, n.path, n.header_key, n.taken,
        arg_max(h.taken, (h.taken <= n.taken, h.taken)) as series_taken
    from newest n join {base}header_fact h on h.project_id = n.project_id and h.header_key = n.header_key
    where {seen h} group by all
)
select p.project, b.scan_id, i.sop_uid, json_merge_patch(s.header::json, i.patch::json) as header, i.path
from based b
join {base}instance_fact i on i.project_id = b.project_id and i.path = b.path and i.taken = b.taken
join {base}header_fact s
    on s.project_id = b.project_id and s.header_key = b.header_key and s.taken = b.series_taken
join {into}project p on p.project_id = b.project_id;

create or replace view {into}person as
select p.project, f.session_id, f.patient_name, f.patient_id, f.birth_date, f.sex, f.accession
from {base}person_fact f join {into}project p on p.project_id = f.project_id
where {live f};

create or replace view {into}duplicate as
with live as (
    select f.project_id, f.path, f.sop_uid, f.sha256 from {base}file_fact f where {live f} and f.bytes > 0
),
share as (select project_id, count(sha256) / count(*) as digested_share from live group by project_id),
twice as (
    select project_id, 'sop_uid' as what, sop_uid as key, count(*) as n, list(path order by path) as paths
    from live where sop_uid <> '' group by project_id, sop_uid having count(*) > 1
    union all
    select project_id, 'bytes', sha256, count(*), list(path order by path)
    from live where sha256 <> '' group by project_id, sha256 having count(*) > 1
)
select p.project, t.what, t.key, t.n, t.paths, s.digested_share
from twice t join share s on s.project_id = t.project_id
join {into}project p on p.project_id = t.project_id;

-- What a person should look at. Nothing is stored: a conflict is gone when its reason is.
create or replace view {into}conflict as
with persons as (
    select s.subject_id, s.session_id, f.patient_id, f.birth_date, f.sex
    from {base}person_fact f join {into}session s on s.session_id = f.session_id where {live f}
)
select project, min(subject_id) as about, 'label' as what,
    count(*) || ' subjects are called ' || subject as detail, list(subject_id order by subject_id) as ids
from {into}subject group by project, subject having count(*) > 1
union all
select project, subject_id, 'label', count(*) || ' sessions of ' || any_value(subject) || ' are called ' || session,
    list(session_id order by session_id)
from {into}session where session <> '' and not gone group by project, subject_id, session having count(*) > 1
union all
select any_value(u.project), p.subject_id, 'person',
    'the headers of this subject name ' || greatest(count(distinct patient_id), count(distinct birth_date),
        count(distinct sex)) || ' different persons', list(distinct p.session_id order by p.session_id)
from persons p join {into}subject u on u.subject_id = p.subject_id
group by p.subject_id
having greatest(count(distinct patient_id), count(distinct birth_date), count(distinct sex)) > 1
union all
select any_value(u.project), min(p.subject_id), 'person',
    'one PatientID with one birth date in ' || count(distinct p.subject_id) || ' subjects',
    list(distinct p.subject_id order by p.subject_id)
from persons p join {into}subject u on u.subject_id = p.subject_id
where patient_id <> '' and birth_date <> ''
group by u.project_id, patient_id, birth_date having count(distinct p.subject_id) > 1
union all
select p.project, min(f.scan_id), 'content',
    'equal files, some gone and some new: which is which, a person must say', list(f.scan_id order by f.scan_id)
from {base}scan_fact f join {into}project p on p.project_id = f.project_id
where {live f} and f.content_key is not null
group by p.project, f.content_key having count(*) > 1 and bool_or(f.gone) and not bool_and(f.gone);

-- The newest of each measure of each scan by each tool.
create or replace view {into}measured as
select * from {base}metric_fact qualify row_number() over (partition by scan_id, metric, tool order by taken desc) = 1;

-- What was measured of each scan.
create or replace view {into}metric as
select c.project, m.scan_id, c.scan, m.metric, m.value, m.unit, m.tool, m.version, m.better, m.least,
    m.share, m.taken
from {into}measured m join {into}scan c on c.scan_id = m.scan_id;

-- Every measure beside those of the other scans of the kind and scanner that are there: their median, and by how many robust
-- deviations it is away (at least five scans). A deviation counts at least what its definition says. It departs where it is
-- worse by 3.5 (Iglewicz, Hoaglin 1993).
-- Materialized: DuckDB 2.0 plans the same rows, asked for three times, wrongly where scans are a table.
create or replace view {into}departure as
with placed as materialized (
    select c.project, m.scan_id, c.scan, c.gone, m.metric, m.value, m.unit, m.tool, coalesce(c.kind, c.modality, '') as kind,
        coalesce(nullif(c.station, ''), nullif(c.model, ''), nullif(c.manufacturer, ''), '') as scanner,
        coalesce(m.better, '') as better, m.least, m.share
    from {into}measured m join {into}scan c on c.scan_id = m.scan_id
    where m.metric <> 'measured'
),
centre as (
    select project, kind, scanner, metric, tool, median(value) as middle, count(*) as n, any_value(least) as least,
        any_value(share) as share
    from placed where not gone group by project, kind, scanner, metric, tool
),
spread as (
    select project, kind, scanner, metric, tool, any_value(middle) as middle, any_value(n) as n,
        greatest(1.4826 * median(abs(p.value - c.middle)), coalesce(any_value(c.least), 0),
            coalesce(any_value(c.share), 0) * abs(any_value(middle)), 1e-12) as deviation
    from placed p join centre c using (project, kind, scanner, metric, tool)
    where not p.gone group by project, kind, scanner, metric, tool
)
select project, p.scan_id, p.scan, p.gone, kind, scanner, metric, p.value, p.unit, s.middle, s.deviation,
    case when s.n >= 5 then round((p.value - s.middle) / s.deviation, 2) end as z, coalesce(s.n, 0) as n, p.better, tool,
    coalesce(not p.gone and s.n >= 5 and abs(p.value - s.middle) >= 3.5 * s.deviation
        and (p.better = '' or (p.better = 'low') = (p.value > s.middle)), false) as departs
from placed p left join spread s using (project, kind, scanner, metric, tool);

-- Scans that depart, measure by measure.
create or replace view {into}outlier as
select project, scan_id, scan, kind, scanner, metric, value, unit, middle, z, n, tool from {into}departure where departs;

-- Campaigns of blind rating: how many of their scans have how many sealed ratings. What these say is in no table.
create or replace view {into}campaign as
with newest as (
    select project, payload->>'name' as name, (payload->>'raters')::integer as raters, (payload->'scans')::varchar[] as scans,
        (payload->>'open')::boolean as open, who, "at", seq
    from {into}saying where verb = 'campaign' and payload is not null
    qualify row_number() over (partition by project, payload->>'name' order by seq desc) = 1
),
sealed as (select distinct about, who from {into}saying where verb = 'sealed' and not undone)
select n.project, n.name, n.raters, len(n.scans) as n_scans, n.open, n.who, n."at", n.seq,
    (select count(*) from sealed s where list_contains(n.scans, s.about))::integer as n_sealed
from newest n;

-- What a study plans, as it was said last: visits and limits as JSON, and the text that they were read from.
create or replace view {into}protocol as
select project, payload->>'text' as text, payload->>'anchor' as anchor, payload->>'withdrawn' as withdrawn,
    payload->'visits' as visits, payload->'limits' as limits, who, "at", seq
from {into}saying where verb = 'protocol' and not undone and payload is not null
qualify row_number() over (partition by project order by seq desc) = 1;

create or replace view {into}planned_visit as
select project, visit->>'visit' as visit, (visit->>'place')::integer as place, visit->>'title' as title,
    (visit->>'day')::integer as day, (visit->>'low')::integer as low, (visit->>'high')::integer as high,
    (visit->'called')::varchar[] as called, visit->'needs' as needs, (visit->'forms')::varchar[] as forms
from (select project, unnest(visits::json[]) as visit from {into}protocol);

create or replace view {into}planned_limit as
select project, planned->>'kind' as kind, planned->>'scanner' as scanner, planned->>'parameter' as parameter,
    planned->>'tag' as tag, (planned->>'low')::double as low, (planned->>'high')::double as high,
    (planned->'allowed')::varchar[] as allowed, planned->>'verdict' as verdict
from (select project, unnest(limits::json[]) as planned from {into}protocol);

-- Which session is which visit of which subject. A session's label says so; else the day does, a window before the nearest.
-- A visit has one session: the one that fits best, then the first.
create or replace view {into}visit as
with came as materialized (
    select s.project, s.subject_id, s.subject, s.session_id, s.session, s.acquired::date as came
    from {into}session s join {into}protocol p on p.project = s.project where not s.gone
),
planned as materialized (select * from {into}planned_visit),
dated as (
    select a.about as subject_id, p.project, max(try_cast(a.value as date)) filter (where a.form || '.' || a.item = p.anchor) as day0,
        max(try_cast(a.value as date)) filter (where a.form || '.' || a.item = p.withdrawn) as withdrawn
    from {into}answer a join {into}protocol p on p.project = a.project
    where a.form || '.' || a.item in (p.anchor, p.withdrawn) group by all
),
firsts as (
    select c.subject_id, coalesce(min(c.came) filter (where v.place = 0), min(c.came)) as came
    from came c left join planned v on v.project = c.project
        and list_contains(v.called, lower(c.session))
    group by c.subject_id
),
subjects as materialized (
    select u.project, u.subject_id, u.subject, d.withdrawn,
        case when p.anchor = 'first' then f.came else d.day0 end as day0
    from {into}subject u join {into}protocol p on p.project = u.project
    left join dated d on d.subject_id = u.subject_id left join firsts f on f.subject_id = u.subject_id
),
fitting as (
    select c.session_id, c.subject_id, v.visit, v.place, c.came, date_diff('day', s.day0, c.came) as day,
        case when list_contains(v.called, lower(c.session)) then 0
            when date_diff('day', s.day0, c.came) between v.low and v.high then 1 else 2 end as rank,
        abs(date_diff('day', s.day0, c.came) - v.day) as away
    from came c join planned v on v.project = c.project join subjects s on s.subject_id = c.subject_id
    where not (rank > 0 and (c.came is null or s.day0 is null))
),
best as (
    select * from fitting qualify row_number() over (partition by session_id order by rank, away nulls last, place) = 1
),
matched as (
    select * from best qualify row_number() over (
        partition by subject_id, place order by rank, away nulls last, came nulls last, session_id) = 1
)
select s.project, s.subject, s.subject_id, v.visit, v.place, v.day, s.day0 + v.day as due, s.day0 + v.low as opens,
    s.day0 + v.high as closes, s.withdrawn, m.session_id, m.came,
    case when m.day < v.low then m.day - v.low when m.day > v.high then m.day - v.high
        when m.session_id is not null and m.day is not null then 0 end as off
from subjects s join planned v on v.project = s.project
left join matched m on m.subject_id = s.subject_id and m.place = v.place;

-- What each visit of each subject should have, and what became of it: one row a kind of scan or a form. `off` is by how many
-- days a visit missed its window.
create or replace view {into}visit_status as
with needed as materialized (
    select project, visit, place, 0 as sort, need->>'kind' as kind, null::varchar as form, (need->>'n')::integer as needed
    from (select project, visit, place, unnest(needs::json[]) as need from {into}planned_visit)
    union all
    select project, visit, place, 1, null, unnest(forms), 1 from {into}planned_visit
),
visits as materialized (select * from {into}visit),
scans as (
    select c.session_id, c.kind, count(*) as n, count(*) filter (where c.quality <> 'unusable') as kept,
        count(*) filter (where c.quality = 'usable') as good,
        count(*) filter (where c.quality in ('usable', 'questionable')) as judged,
        arg_max(c.scan_id, (coalesce(list_position(['unusable', 'unreviewed', 'questionable', 'usable'], c.quality), 0), c.acquired)) as scan_id
    from {into}scan c join visits v on v.session_id = c.session_id where not c.gone group by all
),
entries as (select about as session_id, form, count(*) as n from {into}entry group by all),
rows as (
    select v.*, e.sort, e.kind, e.form, e.needed, coalesce(c.n, f.n, 0) as n, coalesce(c.kept, 0) as kept,
        coalesce(c.judged, 0) as judged, coalesce(c.good, 0) as good, c.scan_id
    from visits v join needed e on e.project = v.project and e.place = v.place
    left join scans c on c.session_id = v.session_id and c.kind = e.kind
    left join entries f on f.session_id = v.session_id and f.form = e.form
)
select r.project, r.subject, r.subject_id, r.visit, r.place, r.day, r.due, r.opens, r.closes, s.session, r.session_id, r.came,
    r.off, r.kind, r.form, r.needed, r.n, r.scan_id,
    case when r.session_id is null and r.due > r.withdrawn then 'withdrawn'
        when r.session_id is null and r.due is null then 'undated'
        when r.session_id is null and {today} < r.opens then 'later'
        when r.session_id is null and {today} <= r.closes then 'due'
        when r.session_id is null then 'missed'
        when r.n < r.needed then 'missing'
        when r.form is not null then 'entered'
        when r.kept < r.needed then 'unusable'
        when r.good >= r.needed then 'usable'
        when r.judged >= r.needed then 'questionable'
        else 'unreviewed' end as status
from rows r left join {into}session s on s.session_id = r.session_id;

-- Scans whose settings are not those that were planned; a limit of a scanner's own stands before the one of all. `since` is the
-- first scan of this run of them on the scanner.
create or replace view {into}compliance as
with limits as materialized (select * from {into}planned_limit),
scans as (
    select c.*, coalesce(nullif(c.station, ''), nullif(c.model, ''), nullif(c.manufacturer, ''), '') as scanner
    from {into}scan c where not c.gone
),
columns as (
    select c.project, c.scan_id, c.scan, c.kind, c.scanner, c.acquired, l.* exclude (project, kind, scanner), l.scanner as own,
        case l.parameter when 'tr' then c.tr when 'te' then c.te when 'ti' then c.ti when 'flip_angle' then c.flip_angle
            when 'rows' then c.rows when 'columns' then c.columns when 'frames' then c.frames when 'n_files' then c.n_files
            when 'field_strength' then c.field_strength when 'voxel_x' then c.voxel[1] when 'voxel_y' then c.voxel[2]
            when 'voxel_z' then c.voxel[3] end as number,
        case l.parameter when 'manufacturer' then c.manufacturer when 'model' then c.model when 'station' then c.station
            when 'description' then c.description when 'protocol' then c.protocol end as word
    from scans c join limits l on l.project = c.project and l.kind = c.kind
        and (l.scanner = '' or l.scanner in (c.station, c.model)) and l.tag = ''
),
elements as (
    select c.project, c.scan_id, c.scan, c.kind, c.scanner, c.acquired, l.* exclude (project, kind, scanner), l.scanner as own,
        h.header->l.tag->'Value' as element
    from scans c join limits l on l.project = c.project and l.kind = c.kind
        and (l.scanner = '' or l.scanner in (c.station, c.model)) and l.tag <> ''
    join {into}header h on h.scan_id = c.scan_id
),
came as (
    select project, scan_id, scan, kind, scanner, acquired, parameter, low, high, allowed, verdict, own, number,
        coalesce(word, format('{:g}', number)) as value
    from columns
    union all
    select project, scan_id, scan, kind, scanner, acquired, parameter, low, high, allowed, verdict, own,
        try_cast(element->>0 as double), array_to_string(element::varchar[], ', ')
    from elements
),
judged as (
    select *, coalesce(case when allowed is null then not (number between low and high) else not list_contains(allowed, value) end, false) as deviates
    from came where value is not null
    qualify row_number() over (partition by scan_id, parameter order by own = '') = 1
),
runs as (
    select *, count(*) filter (where not deviates) over (
        partition by project, kind, scanner, parameter order by acquired nulls last, scan_id) as run
    from judged
)
select project, scan_id, scan, kind, scanner, parameter, value,
    case when allowed is not null then array_to_string(allowed, ' or ')
        when high - low <= 0.0021 * abs(low + high) / 2 then format('{:g}', (low + high) / 2)
        else format('{:g} to {:g}', low, high) end as planned,
    verdict, acquired, deviates,
    case when deviates then min(acquired) filter (where deviates) over (partition by project, kind, scanner, parameter, run) end as since
from runs;

create or replace view {into}deviation as
select * exclude (deviates) from {into}compliance where deviates;
