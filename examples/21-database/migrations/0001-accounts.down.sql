drop table "account";
