from django.db import migrations

from ratings_site.audit.append_only import refuse_changes


class Migration(migrations.Migration):
    dependencies = [("runs", "0002_record_realised_recovery")]

    operations = [refuse_changes("runs_ratingrun", when="finished_at IS NOT NULL")]
