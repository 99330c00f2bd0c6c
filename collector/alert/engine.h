/* SPDX-License-Identifier: GPL-3.0-or-later */
/* engine: what the files of the alert engine share; nobody outside collector/alert includes it.
 *
 * A watch is a rule made ready, for a subject perhaps with other limits; it has subjects, each with
 * at most one alert. The subjects of a series hang on its binding, so that a reading costs what the
 * rules on that series cost; those of a rack, a zone or the site belong to groups, which are judged
 * at the tick.
 *
 * A reading goes its way through reading.c: the binding says whether it is live, look.c puts before
 * the kind what it wants, course.c makes of the verdict what becomes of the alert, incident.c (with
 * cause.c for what follows from what, and roster.h for what fires where) puts it among others.
 * air.c sums up the plant for thermal.c, and for rules on several things at once. Over a restart,
 * rows give back the alerts, memory.c what rules remember, warm.c moves that to the end. */
#ifndef COLLECTOR_ALERT_ENGINE_H
#define COLLECTOR_ALERT_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/alert/alert.h"
#include "collector/alert/rule.h"
#include "collector/conf.h"
#include "collector/site/site.h"
#include "zw/units.h"

/* Alerts and incidents that are kept after their end. */
#define ENGINE_KEPT 256
/* The tick comes each second; after a longer gap than this the program was stopped, and what
 * seems silent may only not have been read yet. */
#define ENGINE_STOPPED_MS 5000
/* Until so long after the start not all UPS and cooling units were asked: what was restored on
 * facts of theirs is not over yet. */
#define ENGINE_FACTS_MS 180000
/* CHANGE_WORSE comes at most this often. */
#define ENGINE_WORSE_MS 10000
/* A series of which its node, sending others, has left out all readings for this long and for so
 * many of its steps is no longer reported. */
#define ENGINE_GONE_MS 600000
#define ENGINE_GONE_STEPS 60
/* Readings in a row that came equally late before the lateness is taken for a wrong clock. */
#define ENGINE_SAME_LAG 3

/* A condition that comes or goes so often in so long chatters, and is held until it was steady. */
#define ENGINE_FLIPS_FEW 3
#define ENGINE_FEW_MS 60000
#define ENGINE_FLIPS_MANY 6
#define ENGINE_MANY_MS 600000
#define ENGINE_STEADY_MS 600000
/* Neighbours that are compared with at most. */
#define ENGINE_PEERS 64
/* Late samples of a condition come one soon after the other; after this long there are no more. */
#define ENGINE_LATE_MS 60000
/* Alerts that may be open on what one node sends, and learned late of it within an hour. */
#define ENGINE_OPEN_MOST 2048
#define ENGINE_LATE_MOST 2048
/* A condition that comes again so soon after it went before it fired is no news. */
#define ENGINE_FLEETING_MS 600000

enum watch_scope {
	SCOPE_NODE,
	SCOPE_RACK,
	SCOPE_ZONE,
	SCOPE_SITE
};

enum watch_sum {
	SUM_AVERAGE,
	SUM_MAXIMUM,
	SUM_MINIMUM,
	SUM_PERCENTILE,
	SUM_COUNT,
	SUM_SHARE
};

struct watch {
	const struct conf_rule *conf;
	const struct rule_kind *kind;
	const char *title;
	enum wire_severity severity;
	enum watch_scope scope;
	enum watch_sum sum;
	size_t index;		  /* of the rule; behind the last: the engine's own */
	struct silence *hours;	  /* it holds only then; of the base watch, which frees them */
	size_t nhours;		  /* 0: always */
	const struct watch *base; /* the rule as it stands in `rules`; itself if this is it */
};

/* One that a value is compared with. */
struct peer {
	struct binding *binding;
	unsigned field;
};

/* The same measure of the nodes of a zone. */
struct peers {
	const struct zone *zone;
	char source[NAME_MAX_SOURCE + 1];
	char field[NAME_MAX_FIELD + 1];
	struct peer v[ENGINE_PEERS];
	size_t n;
};

/* What a kind wants of a subject beside its value. */
struct wants {
	struct series *other; /* NULL: not found yet */
	struct series *gate;  /* likewise */
	unsigned other_field;
	unsigned gate_field;
	size_t looked; /* series there were when it was looked for last */
	struct peers *peers;
	double last;		   /* the own value since it changed; NAN: none yet */
	double base[ENGINE_PEERS]; /* theirs at that time; NAN: not known */
};

/* That a condition came, or went. */
struct flip {
	int64_t at_ms; /* 0: none */
	bool came;
};

/* The last of them, the latest at the end. */
struct flips {
	struct flip v[ENGINE_FLIPS_MANY];
};

/* A condition seen in late samples only, which may have ended. */
struct late {
	int64_t since_ms;
	int64_t last_ms;
	int64_t touched_ms; /* steady */
	double peak;
	int64_t peak_ms;
	double beyond;
	double limit;
	char text[128];
	struct reason why;
};

struct subject {
	const struct watch *watch; /* NULL: restored, and not found again yet */
	struct binding *binding;   /* of the series; NULL: of a group or a whole node */
	struct alert *alert;	   /* NULL: all is well */
	void *state;		   /* what its kind remembers; NULL: nothing */
	struct wants *wants;	   /* NULL: its kind wants nothing more */
	struct late *late;	   /* NULL: nothing late is bad */
	struct flips *flips;	   /* NULL: it never fired */
	double limit;
	int64_t judged_ms; /* steady time of the verdict that was no UNKNOWN */
	int64_t trend_ms;  /* event time at which the newest of the trend begins; 0: none */
	float trend[ALERT_TREND];
	unsigned field;
	bool bad;      /* the verdict that holds */
	bool warm_bad; /* the same while readings are read again */
	double warm_limit;
	const struct zone *zone; /* NULL: the site */
	struct node *node;	 /* NULL of a group */
	const char *rack;	 /* of a group of the scope rack; else NULL */
	int64_t step_ms;	 /* how often it can be judged */
	int64_t since_ms; /* event time at which the condition began to hold, or to be gone */
	int64_t flip_ms;  /* when it came or went last, while it chatters */
	double told;	  /* how far beyond the limit the value was when it was told last */
	int64_t told_ms;
	double worst;	    /* how far it was beyond the limit at its peak */
	int64_t dropped_ms; /* when a condition that did not hold long enough was told; 0: never */
	size_t payer;	    /* index + 1 of the node on whose ration its alert is; 0: none */
	char unit[UNITS_MAX];
};

/* What one look at a subject gave. */
struct finding {
	enum verdict verdict;
	struct rule_reason why;
	double value;	  /* NAN: none */
	uint32_t sid;	  /* 0: none */
	int64_t at_ms;	  /* event time: the sample's, or now for silence */
	int64_t began_ms; /* event time from which on people see it as bad */
};

/* A field of a series as a rule looks at it: the common part of subjects and members. */
struct look {
	const struct watch *watch;
	struct binding *binding;
	unsigned field;
	const char *unit;
	void *state;
	struct wants *wants;
	bool known; /* whether its value is one to judge by */
	bool was_bad;
	double limit;
};

/* A series in a group. What is needed at each tick is in the group's slot of the same place. */
struct member {
	struct group *group;
	struct binding *binding;
	const struct watch *watch; /* with the limits for this series */
	void *state;
	struct wants *wants;
	unsigned field;
	size_t place;
	double limit;	      /* of its own verdict, for a count */
	char unit[UNITS_MAX]; /* the field's; the group's may be nodes */
};

/* The same as it is summed up. */
struct slot {
	double value;	  /* NAN: unknown */
	double beyond;	  /* of its own verdict, for a count */
	int64_t until_ms; /* when the value gets stale */
	uint32_t sid;
	unsigned node; /* its index */
	bool judged;   /* by itself, for a count */
	bool bad;
};

/* What a rule of the scope rack, zone or site judges as one. */
struct group {
	struct subject *subject;
	struct member **members; /* borrowed of their bindings; none for silent nodes */
	struct slot *slots;
	size_t nmembers;
	size_t nnodes;	  /* different ones among them */
	size_t counted;	  /* members when they were counted */
	int64_t at_ms;	  /* event time of the newest value */
	int64_t noted_ms; /* of the newest that its kind took note of */
	bool dirty;
	int64_t expires_ms; /* when the first of the values that were used gets stale */
};

/* What the rules want of one series; hangs on series->rules. */
struct binding {
	struct engine *engine;
	struct series *series;
	unsigned nfields;     /* of the series when it was bound */
	bool live;	      /* the last reading came in time and was judged */
	uint64_t quarantined; /* fields whose value is not believed; bits */
	int64_t live_ms;      /* when the last such arrived; 0: never */
	int64_t at_ms;	      /* its event time */
	int64_t known_ms;     /* when a reading with any number in it arrived last; 0: never */
	int64_t lag_ms;	      /* how late the last reading came */
	unsigned same_lag;
	struct subject **subjects; /* those that quarantine first */
	size_t nguards;		   /* so many do */
	size_t nsubjects;
	struct member **members;
	size_t nmembers;
	struct past **past;	/* by field; NULL: none is known */
	struct air_series *air; /* air.c's; NULL: not yet looked at */
};

/* The groups of a rule. */
struct group_list {
	struct group **v;
	size_t n;
};

/* A rule as some of the rows of `limits` make it. */
struct limited {
	struct watch watch;
	struct conf_rule conf;
	size_t *rows;
	size_t nrows;
	bool off;
};

/* Which rows may concern a rule, and what was made of them. */
struct limits {
	size_t *rows;
	size_t nrows;
	struct limited **made;
	size_t nmade;
};

/* What the engine knows of a node beyond the site. */
struct node_watch {
	size_t nbound;		    /* of its series */
	int64_t alive_ms;	    /* since when it sends without a break; 0: it does not */
	unsigned mark;		    /* of the last walk that came by */
	const struct node *because; /* that makes it unreachable, as of the tick; or NULL */
	const struct node *was;	    /* that did so until freed_ms */
	int64_t freed_ms;
	struct fire *fires; /* alerts that fire on it; roster.h */
	unsigned open;	    /* alerts on what it sends; ration.c */
	unsigned late;	    /* learned late since late_ms */
	int64_t late_ms;
	int64_t full_ms; /* when it was said that no more are made; 0: never */
};

struct engine {
	const struct conf_collector *conf;
	struct site *site;
	void (*changed)(void *arg, const struct alert_change *ch);
	void *arg;
	int64_t watch_ms; /* since when silence counts */
	int64_t tick_ms;
	struct watch *watches;
	size_t nwatches;
	struct node_watch *nodes; /* by their index */
	size_t nnodes;		  /* of the site, that the engine knows of */
	size_t nzones;		  /* likewise */
	struct conf_rule *own;	  /* the rule of unassigned.c */
	struct watch own_watch;
	struct subject *unassigned; /* of it; NULL while there are none */
	unsigned mark;
	struct subject **subjects; /* all */
	size_t nsubjects;
	struct subject **silences; /* those of silence in the scope node */
	int64_t *silence_due;	   /* when each is to be looked at again */
	size_t nsilences;
	struct group **groups;
	size_t ngroups;
	struct group_list *of_rule; /* by the rule's index */
	struct limits *limits;	    /* likewise */
	struct peers **peers;
	size_t npeers;
	struct binding **pasts; /* series of which the past is wanted, and */
	unsigned *past_fields;	/* the fields */
	size_t npasts;
	int64_t hour_slot; /* the quarter of an hour of `hour` */
	unsigned hour;	   /* of the week, local */
	const struct silences *hush;
	struct subject **lates; /* with something late */
	size_t nlates;
	double *scratch; /* for percentiles */
	size_t scratch_room;
	int64_t warmed_ms; /* when the last reading came that is read again; 0: none is */
	struct binding **bindings;
	size_t nbindings;
	struct subject **open; /* with an alert, in the order of its beginning */
	size_t nopen;
	size_t norphans;	   /* of them without a watch */
	struct alert **done;	   /* resolved lately, newest first, at most ENGINE_KEPT */
	struct incident **current; /* open ones, newest first */
	struct incident **past;	   /* closed lately, likewise, at most ENGINE_KEPT */
	size_t ndone;
	size_t ncurrent;
	size_t npast;
	struct roster *roster; /* which alerts fire in which incident */
	struct air *air;
	uint64_t last_alert;
	uint64_t last_incident;
	char **texts; /* of restored alerts */
	size_t ntexts;
};

/* alert.c */
void engine_tell(struct engine *e, enum alert_change_kind kind, const struct alert *a,
    const struct incident *in, int64_t now_ms);
void engine_tell_by(struct engine *e, enum alert_change_kind kind, const struct alert *a,
    const struct incident *in, int64_t now_ms, const char *author, const char *text);
void engine_take_new(struct engine *e);	     /* nodes and zones that the site got */
bool alert_is_firing(const struct alert *a); /* firing or clearing */
/* Sets the alert's words by its value. */
void alert_put_words(const struct engine *e, struct alert *a);

/* watch.c: which rule looks at what. */
void watch_init(struct watch *w, const struct conf_rule *conf, size_t index);
bool watch_covers_zone(const struct watch *w, const struct zone *z); /* NULL: the site */
bool watch_covers_node(const struct watch *w, const struct node *n);
bool watch_covers_series(const struct watch *w, const struct series *se);
bool watch_covers_field(const struct watch *w, const struct field *f);
const struct watch *watch_find(const struct engine *e, const char *name); /* or NULL */
const char *watch_zone_name(const struct zone *z);			  /* "site" for NULL */
bool watch_counts(const struct watch *w); /* count or share: nodes that are bad by themselves */
int watch_severity(const char *word);	  /* -1: no such word */
bool watch_is_on(const struct watch *w, int64_t at_ms); /* whether it holds at this time */
void watch_clear(struct watch *w);			/* frees what watch_init() made */
bool watch_is_plain(const struct watch *w); /* judges each value by itself, without memory */

/* binding.c: from a series to its subjects and members. */
struct binding *binding_of(struct engine *e, struct series *se); /* made or widened as needed */
void binding_all_of(struct engine *e, struct node *n);		 /* of series not yet bound */
void binding_free(struct binding *b);
/* Takes note of the reading that just arrived; whether it may be judged, being live. */
bool binding_reading(struct binding *b);
/* Notes which of its fields the rules that quarantine hold to be bad. */
void binding_quarantine(struct binding *b, bool warm);
/* Whether its last value is one to judge by: plausible, and not in quarantine. */
bool binding_knows(const struct binding *b, unsigned field);
/* Whether its last value may be judged now: live, not stale, and one to judge by. */
bool binding_usable(const struct binding *b, unsigned field, int64_t now_ms);
/* Whether its node no longer reports it, though it sends others. */
bool binding_is_gone(const struct binding *b, int64_t now_ms);

/* look.c: what a kind gets to see. */
/* A subject of a series, with what held of it until now. */
struct look look_of_subject(const struct subject *s, bool was_bad, double limit);
/* Lets the kind note the last value, if it is known, and (judge) asks for its verdict. */
enum verdict look_at(const struct look *l, int64_t now_ms, bool judge, struct rule_reason *why);
/* The same again of what was noted: only asks. */
enum verdict look_again(const struct look *l, int64_t now_ms, struct rule_reason *why);
/* What a kind wants beside the value of a subject or (series NULL) of a group; NULL: nothing. */
struct wants *look_wants(struct engine *e, const struct watch *w, const struct zone *z,
    struct binding *b, unsigned field);
/* The second value of a group. */
void look_other_of_group(
    const struct engine *e, const struct subject *s, int64_t now_ms, struct rule_input *in);
void look_free(struct engine *e);

/* subject.c: what one rule judges as one thing. */
struct subject *subject_new(struct engine *e, const struct watch *w, const struct zone *z,
    struct node *n, struct binding *b, unsigned field);
struct subject *subject_new_group(
    struct engine *e, const struct watch *w, const struct zone *z, const char *rack);
bool subject_is_about(const struct alert *a, const struct subject *s);
void subject_free(struct subject *s);
const char *subject_field(const struct subject *s); /* its name; "" if there is none */
/* What was restored belongs to a subject, or (none found yet) waits as an orphan. */
void subject_adopt(struct engine *e, const struct alert *a);
/* Ends an orphan whose rule or subject is no more. */
void subject_tick_orphan(struct engine *e, struct subject *s, int64_t now_ms);
void subject_keep(struct engine *e, struct alert *a);	/* among those resolved; takes it */
void subject_open(struct engine *e, struct subject *s); /* its alert is open from here on */
void subject_close(struct engine *e, struct subject *s);
/* Puts a value into the trend. */
void subject_trend(struct subject *s, int64_t at_ms, double value);

/* ration.c: what one sender may make of alerts. */
/* Whether the subject may have an alert; if so, it is counted. */
bool ration_open(struct engine *e, struct subject *s, int64_t now_ms);
void ration_close(struct engine *e, struct subject *s); /* it has none any more */
bool ration_late(struct engine *e, const struct subject *s, int64_t now_ms);

/* course.c: the life of an alert. */
void course_judge(struct engine *e, struct subject *s, const struct finding *f, int64_t now_ms);
void course_tick(struct engine *e, struct subject *s, int64_t now_ms);
/* Ends its alert, which it must have: what it is about is no longer reported. */
void course_end_gone(struct engine *e, struct subject *s, int64_t now_ms);
void course_resolve(struct engine *e, struct subject *s, int64_t now_ms);
/* Ends one that was restored and has no subject. */
void course_end_orphan(struct engine *e, struct subject *s, int64_t now_ms);
/* Fills in an alert on this subject that begins with this finding; owned by the caller. */
struct alert *course_make(struct engine *e, struct subject *s, const struct finding *f);
/* Lets the alert's texts be those of the configuration in force. */
void course_take_texts(struct alert *a, const struct subject *s);

/* flip.c: chattering. */
/* The condition came or went; whether that is too often. */
bool flip_note(struct subject *s, int64_t now_ms);
/* The same of a moment learned from what was stored, in any order. */
void flip_restore(struct subject *s, int64_t at_ms, bool came);

/* late.c: what late samples tell. */
/* A late value of the subject; and one in time, which ends what was late. */
void late_value(struct engine *e, struct subject *s, const struct finding *f, int64_t now_ms);
void late_tick(struct engine *e, int64_t now_ms);
void late_end(struct engine *e, struct subject *s, struct finding *f, int64_t now_ms);

/* warm.c: what was judged before the program ended. */
/* The last of it was fed: what came after is judged. */
void warm_end(struct engine *e);

/* mute.c: silences and acknowledgements. */
void mute_apply(struct engine *e, struct alert *a, int64_t now_ms, bool tell);
void mute_tell(struct engine *e, const struct alert *a, int64_t now_ms);
void mute_tick_incidents(struct engine *e, int64_t now_ms);
void mute_tick(struct engine *e, struct alert *a, size_t i, int64_t now_ms);

/* group.c: aggregates. */
struct group *group_of(
    const struct engine *e, const struct watch *w, const struct zone *z, const char *rack);
struct group *group_new(
    struct engine *e, const struct watch *w, const struct zone *z, const char *rack);
void group_free(struct group *g);
void group_add(struct group *g, struct member *m);
/* A reading of the member came; live: it counts now. */
void group_reading(struct member *m, bool live, int64_t now_ms);
/* What a tick found at that time of readings that were judged before; false: it did not look. */
bool group_warm(struct engine *e, struct group *g, int64_t now_ms, struct finding *f);
/* What is wrong with a member by itself. */
enum verdict group_ask(const struct member *m, int64_t now_ms, struct rule_reason *why);
bool group_is_gone(const struct engine *e, const struct group *g, int64_t now_ms);
void group_tick(struct engine *e, struct group *g, int64_t now_ms);

/* count.c: how many of a group are bad. */
bool count_find(
    struct engine *e, struct group *g, bool starting, int64_t now_ms, struct finding *f);

/* absence.c: no data. */
int64_t absence_tick(struct engine *e, struct subject *s, int64_t now_ms);
enum verdict absence_of_node(const struct engine *e, const struct watch *w, const struct node *n,
    int64_t now_ms, struct rule_reason *why);
enum verdict absence_of_series(const struct engine *e, const struct watch *w,
    const struct binding *b, int64_t now_ms, struct rule_reason *why);

/* unassigned.c: child devices without a zone. */
void unassigned_init(struct engine *e);
void unassigned_tick(struct engine *e, int64_t now_ms);
void unassigned_free(struct engine *e);

/* limits.c: a rule as it is on a subject, where the configuration's `limits` say otherwise. */
/* The watch that judges this: w itself, a copy with other limits (made once for each row and rule,
 * owned by the engine), or NULL: it is off there. series NULL: of a whole node, a rack or a zone.
 */
const struct watch *limits_of(struct engine *e, const struct watch *w, const struct zone *z,
    const struct node *n, const struct series *se);
void limits_free(struct engine *e);

/* cause.c: the physical graph: what follows from what. */
/* An alert and what it is about, looked up once. */
struct cause {
	const struct alert *a;
	const struct watch *w;	 /* of a zone's, a rack's or the site's alert; NULL: none */
	const struct node *node; /* NULL: of a zone, a rack or the site, or unknown */
	const struct zone *zone; /* NULL: the site */
};
struct cause cause_of(const struct engine *e, const struct alert *a);
/* Notes which nodes cannot be reached because of others; each tick. */
void cause_tick(struct engine *e, int64_t now_ms);
/* The node without which n cannot be reached and that itself is silent, or falling so, under the
 * rule (NULL: whatever the rules); NULL: none. One that depends on n in turn explains nothing. Who
 * was unreachable is so for a step more. */
const struct node *cause_of_silence(
    struct engine *e, const struct watch *w, const struct node *n, int64_t now_ms);
/* Whether b may follow from a fault of a's node: a's node stands above b's in the graph (depends,
 * gateway, parent), or cools or feeds b's zone, and the topics fit; or a counts what b is one of.
 */
bool cause_explains(struct engine *e, const struct alert *a, const struct alert *b);
bool cause_leads_to(struct engine *e, const struct cause *a, const struct cause *b);
/* Whether it can be the cause of any other. */
bool cause_may_lead(const struct cause *a);
/* Whether a is rather the cause of both: it explains the other, or is not muted, or more severe, or
 * of a topic that rather is, or older. */
bool cause_is_rather(struct engine *e, const struct cause *a, const struct cause *b);
/* Collects what n depends on at any distance into found, at most room; returns how many. */
size_t cause_above(struct engine *e, const struct node *n, const struct node **found, size_t room);
/* The alert of an incident that is rather its cause than any other; NULL: it has none. */
const struct alert *cause_pick(struct engine *e, const struct incident *in);
/* The part of the house by the rule's topic or else the source, or what the node is. */
enum alert_topic cause_topic(const struct watch *w, const struct series *se, const struct node *n);

/* air.c: the air of each zone, by the configuration's measures; feeds thermal.c. */
void air_init(struct engine *e);
void air_reading(struct engine *e, struct binding *b); /* one that may be judged */
void air_tick(struct engine *e, int64_t now_ms);
void air_free(struct engine *e);
bool air_is_off(const struct engine *e, const struct node *n);	     /* a cooling unit */
bool air_on_battery(const struct engine *e, const struct node *n);   /* a UPS */
unsigned air_facts(const struct engine *e, const struct zone *z);    /* AIR_* */
void air_judge(struct engine *e, struct subject *s, int64_t now_ms); /* by a kind with `facts` */

/* incident.c: what people get a mail about. */
/* An alert got worse or better in severity, was muted or is so no more. */
void incident_touch(struct engine *e, const struct alert *a, int64_t now_ms);
void incident_join(struct engine *e, struct alert *a, int64_t now_ms); /* opens one if needed */
void incident_leave(struct engine *e, struct alert *a, int64_t now_ms);
void incident_restore(struct engine *e, const struct incident *in);
/* The open one that the alert is in, or NULL. */
struct incident *incident_of(const struct engine *e, const struct alert *a);
/* Closes what was restored without any alert, and finds the causes of those that lost theirs. */
void incident_tick(struct engine *e, int64_t now_ms);
void incident_free(struct engine *e); /* what it keeps beside the incidents */

#endif
