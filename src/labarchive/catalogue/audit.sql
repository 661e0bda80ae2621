-- What people said about a subject and what belongs to it, or of a whole project, newest first.

-- name: about_subject
with sessions as (
    select distinct session_id from session_fact where project_id = $project_id and subject_id = $subject
),
things as (
    select $subject as id
    union select session_id from sessions
    union select scan_id from scan_fact where project_id = $project_id and session_id in (from sessions)
)
select seq, "at", who, door, verb, about, payload from saying_fact
where project_id = $project_id and about in (from things) and "at" < $before order by seq desc limit $n;

-- name: about_project
select seq, "at", who, door, verb, about, payload from saying_fact
where project_id = $project_id and verb not in ('run', 'rules') and "at" < $before order by seq desc limit $n;
