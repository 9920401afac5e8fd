"""The trail only grows: the database itself refuses every other change."""

from django.db import migrations

from ratings_site.audit.append_only import refuse_changes


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_keep_the_head_of_the_chain")]

    operations = [refuse_changes("audit_auditevent")]
