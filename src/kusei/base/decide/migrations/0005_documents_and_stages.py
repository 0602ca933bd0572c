"""Documents beside cases; stages, deputies and 合議 in approvals. Locks are held for a moment only: indexes are built concurrently,
constraints checked apart from the lock that adds them."""

import django.db.models.deletion
import kusei.base.kernel.ids
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('decide', '0004_queue_indexes'),
        ('files', '0001_initial'),
        ('staff', '0003_deputies'),
    ]

    operations = [
        migrations.CreateModel(
            name='Addressee',
            fields=[
                ('id', models.UUIDField(default=kusei.base.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('means', models.CharField(choices=[('department', '庁内'), ('mail', 'メール'), ('letter', '郵送')], max_length=10)),
                ('name', models.CharField(blank=True, max_length=100)),
                ('address', models.CharField(blank=True, max_length=300)),
                ('message_id', models.UUIDField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.UUIDField(default=kusei.base.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(max_length=40, null=True, unique=True)),
                ('kind', models.CharField(max_length=20)),
                ('gravity', models.CharField(choices=[('minor', '軽易'), ('ordinary', '通常'), ('important', '重要・異例')], default='ordinary', max_length=10)),
                ('amount', models.BigIntegerField(null=True)),
                ('title', models.CharField(max_length=200)),
                ('body', models.TextField(blank=True)),
                ('doc_class', models.CharField(max_length=10)),
                ('retention', models.PositiveSmallIntegerField()),
                ('restricted', models.BooleanField(default=False)),
                ('medium', models.CharField(choices=[('electronic', '電子決裁'), ('paper', '紙決裁')], default='electronic', max_length=10)),
                ('paper_reason', models.CharField(blank=True, max_length=200)),
                ('decided_post', models.CharField(blank=True, choices=[('clerk', '主事'), ('subsection_chief', '係長'), ('section_chief', '課長'), ('department_chief', '部長'), ('deputy_mayor', '副区長'), ('mayor', '区長')], max_length=20)),
                ('state', models.CharField(choices=[('drafting', '作成中'), ('approving', '決裁中'), ('decided', '決裁済み'), ('issued', '施行済み'), ('abandoned', '廃案')], default='drafting', max_length=10)),
                ('created_at', models.DateTimeField()),
                ('due_on', models.DateField(null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('issued_on', models.DateField(null=True)),
                ('keep_until', models.DateField(null=True)),
                ('version', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='DocumentFile',
            fields=[
                ('id', models.UUIDField(default=kusei.base.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('order', models.PositiveSmallIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name='approval',
            name='rule',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='approvalstep',
            name='holder',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.staffmember'),
        ),
        migrations.AddField(
            model_name='approvalstep',
            name='kind',
            field=models.CharField(choices=[('review', '審議'), ('consult', '合議'), ('decide', '決裁')], default='review', max_length=10),
        ),
        migrations.AddField(
            model_name='approvalstep',
            name='mode',
            field=models.CharField(blank=True, choices=[('', '本人'), ('superior', '上位者'), ('deputy', '代決')], max_length=10),
        ),
        migrations.AddField(
            model_name='approvalstep',
            name='ready_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='approvalstep',
            name='repeated',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='approvalstep',
            name='seen_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='approvalstep',
            name='stage',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL("ALTER TABLE decide_approval ALTER COLUMN case_id DROP NOT NULL", migrations.RunSQL.noop)
            ],
            state_operations=[
                migrations.AlterField(
                    model_name='approval',
                    name='case',
                    field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='approvals', to='decide.case'),
                ),
            ],
        ),
        migrations.AlterField(
            model_name='approvalstep',
            name='result',
            field=models.CharField(blank=True, choices=[('agreed', '承認'), ('opinion', '意見付き'), ('returned', '差戻し')], max_length=10),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL("ALTER TABLE decide_entry ALTER COLUMN case_id DROP NOT NULL", migrations.RunSQL.noop)
            ],
            state_operations=[
                migrations.AlterField(
                    model_name='entry',
                    name='case',
                    field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='decide.case'),
                ),
            ],
        ),
        AddIndexConcurrently(
            model_name='approvalstep',
            index=models.Index(condition=models.Q(('holder__isnull', False), ('mode', 'deputy'), ('seen_at', None)), fields=['holder'], name='step_to_be_seen'),
        ),
        AddConstraintNotValid(
            model_name='approvalstep',
            constraint=models.CheckConstraint(condition=models.Q(('mode', 'deputy'), models.Q(models.Q(('mode', 'deputy'), _negated=True), ('holder', None), ('seen_at', None)), _connector='OR'), name='step_seen_if_deputy'),
        ),
        migrations.AddField(
            model_name='addressee',
            name='department',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.department'),
        ),
        migrations.AddField(
            model_name='document',
            name='department',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='staff.department'),
        ),
        migrations.AddField(
            model_name='document',
            name='drafted_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='staff.staffmember'),
        ),
        migrations.AddField(
            model_name='addressee',
            name='document',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='addressees', to='decide.document'),
        ),
        migrations.AddField(
            model_name='approval',
            name='document',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='approvals', to='decide.document'),
        ),
        migrations.AddField(
            model_name='entry',
            name='document',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='decide.document'),
        ),
        AddIndexConcurrently(
            model_name='approval',
            index=models.Index(condition=models.Q(('state', 'decided')), fields=['ended_at'], name='approval_decided'),
        ),
        AddIndexConcurrently(
            model_name='approval',
            index=models.Index(condition=models.Q(('document__isnull', False)), fields=['document'], name='approval_of_document'),
        ),
        AddIndexConcurrently(
            model_name='entry',
            index=models.Index(condition=models.Q(('document__isnull', False)), fields=['document', 'at'], name='entry_of_document'),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS one_running_approval_a_document "
                    "ON decide_approval (document_id) WHERE state = 'running'",
                    "DROP INDEX CONCURRENTLY IF EXISTS one_running_approval_a_document",
                )
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name='approval',
                    constraint=models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('document',), name='one_running_approval_a_document'),
                ),
            ],
        ),
        AddConstraintNotValid(
            model_name='approval',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('case', None), ('document__isnull', False)), models.Q(('case__isnull', False), ('document', None)), _connector='OR'), name='approval_of_one_thing'),
        ),
        AddConstraintNotValid(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('case', None), ('document__isnull', False)), models.Q(('case__isnull', False), ('document', None)), _connector='OR'), name='entry_of_one_thing'),
        ),
        migrations.AddField(
            model_name='documentfile',
            name='document',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='decide.document'),
        ),
        migrations.AddField(
            model_name='documentfile',
            name='file',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.storedfile'),
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(fields=['department', '-id'], name='document_by_department'),
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(fields=['drafted_by', '-id'], name='document_by_drafter'),
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(condition=models.Q(('decided_at__isnull', False)), fields=['decided_at'], name='document_decided'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', False), ('number__isnull', False), ('state__in', ['decided', 'issued'])), models.Q(models.Q(('state__in', ['decided', 'issued']), _negated=True), ('decided_at', None)), _connector='OR'), name='document_decided_with_number'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('issued_on__isnull', False), ('state', 'issued')), models.Q(models.Q(('state', 'issued'), _negated=True), ('issued_on', None)), _connector='OR'), name='document_issued_on_a_day'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('medium', 'electronic'), ('paper_reason', '')), models.Q(('medium', 'paper'), models.Q(('paper_reason', ''), _negated=True)), _connector='OR'), name='document_on_paper_for_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(('amount', None), ('amount__gte', 0), _connector='OR'), name='document_amount_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='addressee',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('address', ''), ('department__isnull', False), ('means', 'department')), models.Q(models.Q(('means', 'department'), _negated=True), ('department', None), models.Q(('name', ''), _negated=True), models.Q(('address', ''), _negated=True)), _connector='OR'), name='addressee_can_be_reached'),
        ),
        migrations.AddConstraint(
            model_name='addressee',
            constraint=models.UniqueConstraint(fields=('document', 'department'), name='department_addressed_once'),
        ),
        migrations.AddConstraint(
            model_name='documentfile',
            constraint=models.UniqueConstraint(fields=('document', 'order'), name='document_file_ordered_once'),
        ),
        # The runs there are: one step a stage, the last decides.
        migrations.RunSQL(
            """UPDATE decide_approvalstep SET stage = "order" WHERE stage = 0""", migrations.RunSQL.noop
        ),
        migrations.RunSQL(
            "UPDATE decide_approvalstep SET kind = 'decide' WHERE permission = 'decide.decide'", migrations.RunSQL.noop
        ),
        ValidateConstraint('approvalstep', 'step_seen_if_deputy'),
        ValidateConstraint('approval', 'approval_of_one_thing'),
        ValidateConstraint('entry', 'entry_of_one_thing'),
    ]
