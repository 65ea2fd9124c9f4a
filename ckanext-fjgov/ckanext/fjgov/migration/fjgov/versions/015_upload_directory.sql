-- Which directory the rows of a workbook belong to; those that were handed in before hold entries.
ALTER TABLE fjgov_upload ADD COLUMN directory text NOT NULL DEFAULT 'dataset';
ALTER TABLE fjgov_upload ALTER COLUMN directory DROP DEFAULT;
