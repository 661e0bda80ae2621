-- The views header and instance_header as a kernel asks them: equal to those of catalogue/views.sql, but which
-- header is a scan's is known beforehand, so that one header is read and not all (90 KB each, 80,000 of them).

create table if not exists main.header_place (
    project varchar, project_id varchar, scan_id varchar, header_key varchar, taken timestamp
);

create or replace view live.header_place as
with seen as (
    select project_id, header_key, study_uid, series_uid, taken from base.header_fact
    qualify row_number() over (partition by project_id, header_key order by taken desc) = 1
),
owned as (
    select p.project, f.project_id, f.scan_id, f.study_uid, f.series_uid, f.content_key
    from base.scan_fact f join main.project p on p.project_id = f.project_id where f.valid_to is null
)
select o.project, o.project_id, o.scan_id, s.header_key, s.taken
from owned o join seen s on s.project_id = o.project_id and s.study_uid = o.study_uid and s.series_uid = o.series_uid
union
select o.project, o.project_id, o.scan_id, s.header_key, s.taken
from owned o join seen s on s.project_id = o.project_id and s.header_key = o.content_key;

create or replace view main.header as
select k.project, k.scan_id, h.header::json as header
from base.header_fact h
join main.header_place k on k.header_key = h.header_key and k.taken = h.taken and k.project_id = h.project_id;

create or replace view main.instance_header as
with newest as (select project_id, path, max(taken) as taken from base.instance_fact group by all)
select k.project, k.scan_id, i.sop_uid, json_merge_patch(h.header::json, i.patch::json) as header, i.path
from base.instance_fact i
join newest n on n.project_id = i.project_id and n.path = i.path and n.taken = i.taken
join main.header_place k on k.header_key = i.header_key and k.project_id = i.project_id
join base.header_fact h on h.header_key = k.header_key and h.taken = k.taken and h.project_id = k.project_id;
