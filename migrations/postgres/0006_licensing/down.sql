DROP TABLE usage_reports;
DROP TABLE deliveries;
DROP TABLE delivery_tokens;
DROP TABLE revocations;
DROP TABLE licences;
