/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All rules with how much they look at; or those that look at one node, with the limits in force
 * there and what they see now. */
#include "collector/web/api/rules.h"

#include <math.h>
#include <string.h>

#include "collector/alert/explain.h"
#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/site/site.h"
#include "collector/web/api/member.h"

/* What all rules have. */
static void
put_rule(struct json *j, const struct conf_rule *r)
{
	json_text(j, "rule", r->name);
	json_text(j, "kind", r->kind);
	json_text(j, "title", r->title != NULL ? r->title : r->name);
	json_text(j, "scope", r->scope);
	json_text(j, "aggregate", strcmp(r->scope, "node") != 0 ? r->aggregate : NULL);
	json_text(j, "severity", r->severity);
	json_int(j, "for_ms", r->for_);
	json_int(j, "clear_for_ms", r->clear_for);
}

/* A key of the rule's kind, if it has a value. */
static void
put_key(struct json *j, const struct conf_key *k, const void *value)
{
	const struct conf_texts *texts = value;

	switch (k->type) {
	case CONF_number:
		if (!isnan(*(const double *)value))
			json_number(j, k->name, *(const double *)value);
		break;
	case CONF_integer:
		json_int(j, k->name, *(const int64_t *)value);
		break;
	case CONF_duration:
		if (*(const int64_t *)value >= 0)
			json_number(j, k->name, (double)*(const int64_t *)value / 1000);
		break;
	case CONF_flag:
		json_flag(j, k->name, *(const bool *)value);
		break;
	case CONF_text:
		if (*(char *const *)value != NULL)
			json_text(j, k->name, *(char *const *)value);
		break;
	case CONF_texts:
		json_array(j, k->name);
		for (size_t i = 0; i < texts->n; i++)
			json_text(j, NULL, texts->v[i]);
		json_end(j);
		break;
	case CONF_size:
	case CONF_group:
	case CONF_list:
		break;
	}
}

/* The keys of the rule's kind, as they are in force there; durations in seconds. */
static void
put_limits(struct json *j, const struct rule_view *v)
{
	json_object(j, "limits");
	for (size_t i = 0; v->table != NULL && v->rule->variant != NULL && i < v->table->nkeys;
	     i++) {
		const struct conf_key *k = &v->table->keys[i];
		put_key(j, k, (const char *)v->rule->variant + k->offset);
	}
	json_end(j);
}

/* What is of the alert. */
static void
put_alert(struct json *j, const struct alert *a)
{
	if (a == NULL) {
		json_null(j, "alert");
		return;
	}
	json_object(j, "alert");
	json_uint(j, "id", a->id);
	json_text(j, "reason", a->reason);
	member_moment(j, "since_ms", a->since_ms);
	json_uint(j, "incident", a->incident);
	json_text(j, "acknowledged_by", a->ack.author[0] != '\0' ? a->ack.author : NULL);
	json_text(j, "muted",
	    (a->flags & ALERT_SILENCED) != 0	     ? "silence"
	    : (a->flags & ALERT_MAINTENANCE) != 0    ? "maintenance"
	    : (a->flags & ALERT_OUT_OF_SERVICE) != 0 ? "out-of-service"
						     : NULL);
	json_uint(j, "silence", a->silence);
	json_flag(j, "chattering", (a->flags & ALERT_CHATTERING) != 0);
	json_flag(j, "no_data", (a->flags & ALERT_NO_DATA) != 0);
	json_text(j, "because", a->because[0] != '\0' ? a->because : NULL);
	json_end(j);
}

/* One subject. */
static void
put_view(void *arg, const struct rule_view *v)
{
	static const char *const sights[] = { [SIGHT_OK] = "ok",
		[SIGHT_PENDING] = "pending",
		[SIGHT_FIRING] = "firing",
		[SIGHT_CLEARING] = "clearing",
		[SIGHT_NO_DATA] = "no-data",
		[SIGHT_QUARANTINED] = "quarantined",
		[SIGHT_UNREACHABLE] = "unreachable",
		[SIGHT_OFF] = "off" };
	struct json *j = arg;
	unsigned field = v->series != NULL ? site_field(v->series, v->field) : 0;

	json_object(j, NULL);
	put_rule(j, v->rule);
	put_limits(j, v);
	json_text(j, "zone", v->zone != NULL ? v->zone->name : "site");
	json_text(j, "rack", v->rack);
	json_text(j, "node", v->node != NULL ? v->node->name : NULL);
	json_text(j, "series", v->series != NULL ? v->series->name : NULL);
	json_text(j, "field", v->field[0] != '\0' ? v->field : NULL);
	json_uint(j, "members", v->members);
	json_number(j, "value", v->value);
	json_text(j, "unit", v->unit);
	if (v->series != NULL && field < v->series->nfields)
		member_state(j, v->series, field, v->value);
	json_text(j, "sees", sights[v->sight]);
	json_text(j, "because", v->because != NULL ? v->because->name : NULL);
	if (v->waits_ms >= 0)
		json_int(j, "waits_ms", v->waits_ms);
	else
		json_null(j, "waits_ms");
	put_alert(j, v->alert);
	json_end(j);
}

/* All rules of the configuration. */
static void
put_all(struct json *j, const struct engine *e)
{
	const struct conf_rule *r;
	size_t subjects, firing;

	for (size_t i = 0; explain_rule(e, i, &r, &subjects, &firing); i++) {
		json_object(j, NULL);
		put_rule(j, r);
		json_uint(j, "subjects", subjects);
		json_uint(j, "firing", firing);
		json_end(j);
	}
}

int
rules_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	const char *name = request_param(rq, "node");
	const struct node *n = name != NULL ? site_node(c->site, name) : NULL;

	if (name != NULL && n == NULL)
		return reply_error(re, 404, "no-such-node", "there is no node \"%.64s\"", name);
	struct json j = member_begin(re);
	json_array(&j, "rules");
	if (n != NULL)
		explain_node(c->engine, n, put_view, &j);
	else
		put_all(&j, c->engine);
	json_end(&j);
	json_end(&j);
	return 200;
}
