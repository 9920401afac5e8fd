from django.db import migrations

from ratings_site.audit.append_only import refuse_changes


class Migration(migrations.Migration):
    dependencies = [("criteria", "0002_initial")]

    operations = [
        refuse_changes(
            "criteria_criteriaversion",
            when="status <> 'draft'",
            columns=("version", "document", "sha256", "in_force_from"),
        )
    ]
