-- labarchive catalogue, schema version 1: the owner's tables. Every row follows from journal and observations.
-- No FOREIGN KEYs, no triggers, no UNIQUE: the single writer keeps the rules. Times are UTC, naive.

create table schema_version (version integer, written timestamp);

create table project_fact (
    project_id varchar, project varchar, created timestamp, salt varchar, valid_from timestamp, valid_to timestamp
);

-- One row a version of a file: valid_to is empty while it is there as it was seen.
create table file_version (
    project_id varchar, path varchar, path_bytes blob, status varchar, reason varchar, form varchar,
    bytes bigint, mtime_ns bigint, inode bigint, ctime_ns bigint, content_key varchar,
    transfer_syntax varchar, charset varchar, image_type varchar, sop_class varchar, sop_uid varchar,
    study_uid varchar, series_uid varchar, study_date varchar, series_date varchar, study_time varchar,
    series_time varchar, acquisition_date varchar, acquisition_time varchar, accession varchar,
    modality varchar, manufacturer varchar, model varchar, station varchar, institution varchar,
    study_description varchar, description varchar, protocol varchar, sequence_name varchar, body_part varchar,
    scanning_sequence varchar, sequence_variant varchar, acquisition_type varchar, contrast_agent varchar,
    patient_name varchar, patient_id varchar, birth_date varchar, sex varchar,
    slice_thickness double, tr double, te double, ti double, field_strength double, spacing double,
    flip_angle double, b_value double, echo bigint, number bigint, instance bigint, acquisition bigint,
    temporal_position bigint, frames bigint, rows bigint, columns bigint, bits bigint,
    position double[], orientation double[], pixel_spacing double[], dims integer[], sidecar varchar,
    sha256 varchar, run integer, opened varchar, ended varchar, ended_run integer,
    valid_from timestamp, valid_to timestamp
);

-- Parts of observations that a derivation has taken in, and which instances have their whole header.
create table part (project_id varchar, run integer, part integer, kind varchar, taken timestamp, n bigint);
create table header_key (project_id varchar, header_key varchar, study_uid varchar, series_uid varchar, taken timestamp);
create table instance_key (project_id varchar, study_uid varchar, series_uid varchar, path varchar, taken timestamp);

-- Ids as the journal gave them; the newest row of an id is where it is now.
create table scan_key (
    project_id varchar, scan_id varchar, study_uid varchar, series_uid varchar, content_key varchar, path varchar,
    seq bigint
);
create table session_key (project_id varchar, session_id varchar, key varchar, seq bigint);
create table subject_key (project_id varchar, subject_id varchar, key varchar, assigned varchar, fixed boolean, seq bigint);
create table binding (project_id varchar, session_id varchar, subject_id varchar, seq bigint);
create table rules (seq bigint, digest varchar, text varchar);
create table root (project_id varchar, root varchar);

-- Until which moment each run event took in what was observed.
create table derived (project_id varchar, seq bigint, frontier timestamp);

-- The journal's numbers at which the facts of a project changed: the last is its facts generation.
create table facts_change (project_id varchar, seq bigint);

create table subject_fact (
    project_id varchar, subject_id varchar, label varchar, valid_from timestamp, valid_to timestamp
);
create table session_fact (
    project_id varchar, session_id varchar, subject_id varchar, study_uid varchar, folder varchar, label varchar,
    subject_label varchar, acquired timestamp, study_description varchar, institution varchar, manufacturer varchar,
    model varchar, station varchar, field_strength double, gone boolean, valid_from timestamp, valid_to timestamp
);
create table scan_fact (
    project_id varchar, scan_id varchar, session_id varchar, study_uid varchar, series_uid varchar,
    content_key varchar, label varchar, number bigint, description varchar, protocol varchar, kind varchar,
    kind_confidence double, kind_reason varchar, modality varchar, format varchar, manufacturer varchar,
    model varchar, station varchar, field_strength double, acquired timestamp, sop_class varchar,
    tr double, te double, ti double, flip_angle double, rows bigint, columns bigint, frames bigint,
    voxel double[], n_files bigint, bytes bigint, folder varchar, header_complete double, warnings bigint,
    why varchar, session_label varchar, subject_label varchar, facts varchar, gone boolean, valid_from timestamp, valid_to timestamp
);
create table person_fact (
    project_id varchar, session_id varchar, patient_name varchar, patient_id varchar, birth_date varchar,
    sex varchar, accession varchar, valid_from timestamp, valid_to timestamp
);

-- The journal as a table; `undoes` names what an undo undoes, then what that undid, and so on, from the root.
create table saying_fact (
    seq bigint, "at" timestamp, who varchar, door varchar, project_id varchar, project varchar, about varchar,
    verb varchar, payload varchar, undoes bigint[]
);

create view file_fact as
select f.* exclude (patient_name, patient_id, birth_date, sex, accession, opened, ended_run),
    coalesce(u.scan_id, c.scan_id) as scan_id
from file_version f
left join (select distinct project_id, scan_id, study_uid, series_uid from scan_key where study_uid is not null) u
    on u.project_id = f.project_id and u.study_uid = f.study_uid and u.series_uid = f.series_uid
left join (select project_id, content_key, path, arg_max(scan_id, seq) as scan_id
           from scan_key where content_key is not null group by all) c
    on c.project_id = f.project_id and c.content_key = f.content_key and c.path = f.path
    and f.status = 'ok';
