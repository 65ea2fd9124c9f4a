-- Notices on working days that an operator loaded; the latest of a year counts, all of them stay.
CREATE TABLE fjgov_work_notice (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    year integer NOT NULL,
    notice text NOT NULL,
    days_off date[] NOT NULL,
    days_worked date[] NOT NULL,
    loaded_by text NOT NULL,
    loaded_at timestamptz NOT NULL
);

CREATE INDEX fjgov_work_notice_year ON fjgov_work_notice (year, id DESC);
