CREATE TABLE "brands" (
	"account_id" text PRIMARY KEY NOT NULL,
	"name" text,
	"color" text,
	"logo_path" text,
	"logo" "bytea",
	"logo_type" text,
	"logo_is_pale" boolean DEFAULT false NOT NULL,
	"logo_hash" text,
	"asked_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "brands" ADD CONSTRAINT "brands_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE cascade ON UPDATE no action;