/* link: zwnotify */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of the mails, for each act and language; and that hostile texts stay text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "collector/notify/mime.h"
#include "collector/alert/text_reason.h"
#include "mail_fixture.h"

static void
has(const char *text, const char *what)
{
	if (strstr(text, what) == NULL)
		fail_msg("no \"%s\" in:\n%s", what, text);
}

static void
has_not(const char *text, const char *what)
{
	if (strstr(text, what) != NULL)
		fail_msg("\"%s\" in:\n%s", what, text);
}

/* The mail of the facts, for mail_free(). */
static struct mail *
say(const struct mail_fixture *x)
{
	struct mail *m = xcalloc(1, sizeof *m);
	text_message(m, &x->facts);
	return m;
}

/* The whole of an opening, in English. */
static void
test_opening(void **state)
{
	(void)state;
	struct mail_fixture *x = mail_fixture_new(LANG_EN);
	struct mail *m = say(x);
	assert_string_equal(m->subject,
	    "[CRITICAL] Zone B: Inlet air above the allowable range, 32.4 °C (limit 32) — srv-17");
	assert_string_equal(m->text,
	    "[CRITICAL] Zone B: Inlet air above the allowable range — srv-17\n\n"
	    "Zone B: Inlet air above the allowable range – srv-17 32.4 °C (above 32 °C), since "
	    "02:42; nothing else is wrong.\n\n"
	    "Severity:            Critical\n"
	    "Site:                Data centre\n"
	    "Zone:                Zone B\n"
	    "Node:                srv-17 (Mail server)\n"
	    "Place:               rack B2, unit 14\n"
	    "Measured:            thermal/inlet\n"
	    "Value:               32.4 °C\n"
	    "Limit:               32 °C\n"
	    "Why:                 above 32 °C\n"
	    "Change:              +4.2 °C in 13 min\n"
	    "Last 15 minutes:     28.2  28.8  –  30  30.6  31.2  31.8  32.4 °C\n"
	    "Since:               2026-11-22 02:42:00 +04:00 (1 min ago)\n"
	    "Acknowledged:        by nobody yet\n"
	    "Incident:            12\n"
	    "\nWhat to do\n\n"
	    "Servers switch themselves off before long. Restore the cooling, or move load away and "
	    "shut down what can be spared.\n"
	    "\nAcknowledge it, after login, and see all of it:\nhttps://zw.example/incident/12\n");
	has(m->html, "32.4&nbsp;°C</td>");
	has(m->html, "href=\"https://zw.example/incident/12\"");
	has_not(m->html, "cid:");
	mail_free(m);
	free(x);
}

static void
test_opening_az(void **state)
{
	(void)state;
	struct mail_fixture *x = mail_fixture_new(LANG_AZ);
	struct mail *m = say(x);
	has(m->subject, "[KRİTİK] Zona B: ");
	has(m->subject, ", 32,4 °C (hədd 32) — srv-17");
	has(m->text, "Yeri:                şkaf B2, U 14\n");
	has(m->text, "Səbəb:               32 °C həddindən yuxarı\n");
	has(m->text, "Son 15 dəqiqə:       28,2  28,8  –  30  30,6  31,2  31,8  32,4 °C\n");
	has(m->text, "Dəyişmə:             13 dəq ərzində +4,2 °C\n");
	has(m->text, "Başlanğıc:           22.11.2026 02:42:00 +04:00 (1 dəq əvvəl)\n");
	has(m->text, "Təsdiqləyib:         hələ heç kim\n");
	has(m->text, "; başqa nasazlıq yoxdur.\n");
	has(m->html, "<html lang=\"az\">");
	/* Title and advice are the rule's, translated. */
	has_not(m->text, "Inlet air");
	has_not(m->text, "Servers switch");
	mail_free(m);
	free(x);
}

static void
test_opening_ru(void **state)
{
	(void)state;
	struct mail_fixture *x = mail_fixture_new(LANG_RU);
	struct mail *m = say(x);
	has(m->subject, "[КРИТИЧЕСКАЯ] Зона B: ");
	has(m->subject, ", 32,4 °C (порог 32) — srv-17");
	has(m->text, "Место:               стойка B2, юнит 14\n");
	has(m->text, "Изменение:           +4,2 °C за 13 мин\n");
	has(m->text, "Начало:              22.11.2026 02:42:00 +04:00 (1 мин назад)\n");
	has(m->text, "Подтвердил:          пока никто\n");
	has(m->text, "; других неисправностей нет.\n");
	has_not(m->text, "Inlet air");
	has_not(m->text, "Servers switch");
	mail_free(m);
	free(x);
}

static void
story(struct mail_fixture *x, const char *text)
{
	char got[1024];
	text_story(got, sizeof got, &x->facts);
	assert_string_equal(got, text);
}

/* The issue's own sentence. */
static void
test_story(void **state)
{
	(void)state;
	struct mail_fixture *x = mail_fixture_new(LANG_EN);
	mail_fixture_cooling(x);
	x->facts.power.on_battery = false;
	story(x, "Zone B: Cooling unit 2 stopped at 02:42; 9 inlets rising, hottest 29.8 °C, "
		 "+1.6 °C/min, 32 °C in about 1.4 min; nothing else is wrong");
	x->facts.lang = LANG_AZ;
	story(x,
	    "Zona B: Cooling unit 2 dayandı (saat 02:42); 9 girişdə temperatur artır, ən "
	    "istisi 29,8 °C, +1,6 °C/dəq, təxminən 1,4 dəq sonra 32 °C; başqa nasazlıq yoxdur");
	x->facts.lang = LANG_RU;
	x->air.rising = 1;
	x->facts.power.on_battery = true;
	story(x, "Зона B: Cooling unit 2: остановка в 02:42; температура растёт на 1 входе, самый "
		 "горячий 29,8 °C, +1,6 °C/мин, 32 °C примерно через 1,4 мин; UPS 1: работа от "
		 "батареи, осталось 12 мин; других неисправностей нет");
	/* What is over ends with who had it. */
	x->facts.act = PLAN_CLOSE;
	x->incident.closed_ms = MAIL_T0 + 30000 + 720000;
	x->facts.lang = LANG_EN;
	story(x, "Zone B: Cooling unit 2 stopped at 02:42; over at 02:54, after 12 min 30 s; "
		 "acknowledged by nobody");
	free(x);
}

/* What else is wrong, and what only follows. */
static void
test_story_rest(void **state)
{
	(void)state;
	struct mail_fixture *x = mail_fixture_new(LANG_EN);
	x->alerts[1] = mail_alert(2, "srv-18", 33);
	x->alerts[2] = mail_alert(3, "srv-19", 33);
	x->alerts[2].flags = ALERT_CONSEQUENCE;
	x->facts.others[0] = &x->alerts[1];
	x->facts.others[1] = &x->alerts[2];
	x->facts.nothers = 2;
	x->facts.nmore = 3;
	x->facts.unreachable = 1;
	x->alerts[0] = mail_state_alert(1, "cool-b2", "silent", "");
	x->alerts[0].why = (struct reason){ .code = REASON_SILENT };
	x->facts.node = &x->nodes[0];
	story(x,
	    "Zone B: nothing comes from Cooling unit 2 since 02:42; 1 node unreachable because "
	    "of it; 1 alert follows from it; 4 further alerts");
	x->facts.lang = LANG_RU;
	story(x, "Зона B: нет данных от Cooling unit 2 с 02:42; 1 узел из-за этого недоступен; 1 "
		 "тревога — следствие этого; ещё 4 тревоги");
	x->facts.alert = NULL; /* nothing more is known of it */
	x->facts.nothers = x->facts.nmore = x->facts.unreachable = 0;
	x->facts.lang = LANG_EN;
	story(x, "Zone B: the cause, since 02:42; nothing else is wrong");
	char small[8];
	x->facts.lang = LANG_RU;
	text_story(small, sizeof small, &x->facts);
	assert_string_equal(small, "Зон"); /* between characters */
	free(x);
}

/* Air, countdown, UPS and cooling units beside each other; pictures have their places. */
static void
test_cooling(void **state)
{
	(void)state;
	struct mail_fixture *x = mail_fixture_new(LANG_EN);
	mail_fixture_cooling(x);
	struct mail *m = say(x);
	assert_string_equal(m->subject,
	    "[CRITICAL] Zone B: Cooling unit 2 stopped, 32 °C in about 1.4 min — cool-b2");
	has(m->text, "Hottest inlet:       29.8 °C (srv-17)\nInlets:              9 of 12 rising\n"
		     "Rate of rise:        +1.6 °C/min\n"
		     "Countdown:           32 °C in about 1.4 min (between 1.1 and 2.0 min)\n"
		     "Estimate:            reckoned from 3 earlier failures of the cooling\n"
		     "UPS:                 UPS 1: on battery, 12 min left, charge 88 %, load 41 %\n"
		     "Cooling unit:        Cooling unit 1: cools, supply air 17.5 °C\n"
		     "Cooling unit:        Cooling unit 2: does not cool\n");
	has(m->text, "Its neighbours\n- srv-17: 27.5 °C, rack B2\n- srv-18: 28.5 °C, rack B2\n");
	has(m->html, "<img " MIME_GRAPH_SRC);
	has(m->html, "<img " MIME_MAP_SRC " width=\"480\" alt=\"Floor map");
	mail_free(m);
	x->facts.lang = LANG_AZ;
	x->air.latest_s = INFINITY;
	x->air.learned = 0;
	x->facts.units[1].silent = true;
	m = say(x);
	has(m->subject, "[KRİTİK] Zona B: Cooling unit 2 dayandı, təxminən 1,4 dəq sonra 32 °C");
	has(m->text, "(1,1 dəqiqədən tez deyil)\n");
	has(m->text, "yalnız artım sürətinə görə, ehtiyatla\n");
	has(m->text, "Soyutma bloku:       Cooling unit 2: məlumat göndərmir\n");
	mail_free(m);
	x->facts.lang = LANG_RU;
	x->air.left_s = 20; /* a tenth of a minute would say more than is known */
	m = say(x);
	has(m->text, "Остаётся времени:    32 °C менее чем через минуту\n");
	mail_free(m);
	x->air.left_s = 0;
	x->air.hottest = 32.2;
	m = say(x);
	has(m->text, "Остаётся времени:    32 °C уже достигнуто\n");
	mail_free(m);
	free(x);
}

static void
test_update(void **state)
{
	(void)state;
	struct mail_fixture *x = mail_fixture_new(LANG_EN);
	x->alerts[1] = mail_alert(2, "srv-18", 33);
	x->alerts[2] = mail_alert(3, "srv-19", 32.5);
	x->alerts[2].flags = ALERT_CONSEQUENCE;
	x->facts.others[0] = &x->alerts[1];
	x->facts.others[1] = &x->alerts[2];
	x->facts.nothers = 2;
	x->facts.nmore = 17;
	x->facts.fresh[0] = &x->alerts[1];
	x->facts.nfresh = 1;
	x->facts.act = PLAN_UPDATE;
	x->facts.unreachable = 5;
	(void)str_copy(x->incident.ack.author, ALERT_MAX_AUTHOR, "Əli");
	(void)str_copy(x->incident.ack.comment, ALERT_MAX_TEXT, "on my way");
	x->incident.ack.at_ms = MAIL_T0 + 200000;
	x->incident.ack.until_ms = MAIL_T0 + 3800000;
	struct mail *m = say(x);
	has(m->subject, "[CRITICAL, update] Zone B: ");
	has(m->subject, " — srv-17; 18 further alerts");
	has(m->text, "Acknowledged:        by Əli, 2026-11-22 02:45:20 +04:00, until 2026-11-22 "
		     "03:45:20 +04:00: on my way\n");
	has(m->text, "New since the last mail\n- Critical: Inlet air above the allowable range – "
		     "srv-18 33 °C, above 32 °C\n");
	has(m->text, "Follows from it\n- Critical: Inlet air above the allowable range – srv-19 "
		     "32.5 °C, above 32 °C\n");
	has(m->text, "5 nodes are unreachable because of srv-17;");
	mail_free(m);
	x->facts.act = PLAN_OPEN;
	m = say(x);
	has(m->text, "Also firing\n- Critical: ");
	has(m->text, "\n- and 17 more\n");
	mail_free(m);
	x->facts.lang = LANG_RU;
	x->facts.act = PLAN_UPDATE;
	m = say(x);
	has(m->subject, "[КРИТИЧЕСКАЯ, обновление] Зона B: ");
	has(m->subject, "; ещё 18 тревог");
	has(m->text, "5 узлов недоступны из-за srv-17;");
	mail_free(m);
	free(x);
}

static void
test_reminder_and_escalation(void **state)
{
	static const struct {
		enum lang l;
		const char *tag, *remind, *escalate;
	} rows[] = { { LANG_EN, "[CRITICAL, reminder 3] ",
			 "\n! Reminder 3: nobody has acknowledged this for 39 min 30 s.\n",
			 "\n! You get this because nobody has acknowledged it for 39 min 30 s.\n" },
		{ LANG_AZ, "[KRİTİK, xatırlatma 3] ",
		    "\n! Xatırlatma 3: bunu 39 dəq 30 san ərzində heç kim təsdiqləməyib.\n",
		    "bunu 39 dəq 30 san ərzində heç kim təsdiqləməyib.\n" },
		{ LANG_RU, "[КРИТИЧЕСКАЯ, напоминание 3] ",
		    "\n! Напоминание 3: это никто не подтвердил за 39 мин 30 с.\n",
		    "за 39 мин 30 с этого никто не подтвердил.\n" } };
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct mail_fixture *x = mail_fixture_new(rows[i].l);
		x->facts.act = PLAN_REMIND;
		x->facts.reminders = 2;
		x->facts.now_ms = MAIL_T0 + INT64_C(40) * 60000;
		struct mail *m = say(x);
		has(m->subject, rows[i].tag);
		has(m->text, rows[i].remind);
		mail_free(m);
		x->facts.act = PLAN_ESCALATE;
		m = say(x);
		has(m->text, rows[i].escalate);
		mail_free(m);
		free(x);
	}
}

static void
test_end(void **state)
{
	(void)state;
	struct mail_fixture *x = mail_fixture_new(LANG_EN);
	x->facts.act = PLAN_CLOSE;
	x->alerts[0].state = ALERT_CLOSED;
	x->alerts[0].value = 24;
	/* 02:42:30.000 to 02:54:30.000, as it is shown, though the former was later in its second.
	 */
	x->incident.opened_ms += 900;
	x->alerts[0].since_ms = x->incident.opened_ms;
	x->incident.closed_ms = x->incident.opened_ms / 1000 * 1000 + INT64_C(12) * 60000;
	x->incident.total = 4;
	(void)str_copy(x->alerts[0].ack.author, ALERT_MAX_AUTHOR, "Əli");
	x->alerts[0].ack.at_ms = MAIL_T0 + 200000;
	x->alerts[1] = mail_alert(2, "srv-18", 24);
	x->alerts[1].state = ALERT_CLOSED;
	x->alerts[1].since_ms = x->incident.opened_ms;
	x->facts.others[0] = &x->alerts[1];
	x->facts.nothers = 1;
	x->facts.url = NULL;
	struct mail *m = say(x);
	assert_string_equal(m->subject,
	    "[RESOLVED] Zone B: Inlet air above the allowable range — srv-17, lasted 12 min");
	has(m->text, "since 02:42; over at 02:54, after 12 min; at worst 32.4 °C at 02:47; "
		     "acknowledged by Əli at 02:45.\n");
	has(m->text, "Began:               2026-11-22 02:42:30 +04:00\n"
		     "Ended:               2026-11-22 02:54:30 +04:00\n"
		     "Lasted:              12 min\n"
		     "Worst at:            2026-11-22 02:47:00 +04:00\n"
		     "Worst value:         srv-17: 32.4 °C\n"
		     "Alerts in all:       4\n");
	has(m->text,
	    "It also had\n- Critical: Inlet air above the allowable range – srv-18, above");
	has_not(m->text, "24 °C"); /* its value is fine now */
	has_not(m->text, "What to do");
	has_not(m->html, "<a ");
	mail_free(m);
	x->facts.lang = LANG_AZ;
	x->facts.late = true;
	m = say(x);
	has(m->subject, "[ARADAN QALDIRILDI] Zona B: ");
	has(m->subject, " — srv-17, davam etdi: 12 dəq");
	has(m->text, "\n! Bu davam edərkən onun haqqında məktubları çatdırmaq mümkün olmadı.");
	has(m->text, "Ən pis qiymət:       srv-17: 32,4 °C\n");
	mail_free(m);
	x->facts.lang = LANG_RU;
	m = say(x);
	has(m->subject, "[УСТРАНЕНО] Зона B: ");
	has(m->subject, " — srv-17, длилось 12 мин");
	has(m->text, "закончилось в 02:54, длилось 12 мин; худшее значение 32,4 °C (в 02:47); "
		     "подтвердил: Əli (02:45).\n");
	mail_free(m);
	free(x);
}

/* A reason by its parts, in each language; of the site, a rack and aggregates. */
static void
test_reasons(void **state)
{
	static const struct {
		struct reason why;
		const char *text; /* English, as its rule says it */
		const char *az, *ru;
	} rows[] = {
		{ { REASON_BELOW, REASON_SINGLE, { 18 }, "" }, "below 18 °C",
		    "18 °C həddindən aşağı", "ниже 18 °C" },
		{ { REASON_ABOVE, REASON_AVERAGE, { 27 }, "" }, "average above 27 °C",
		    "orta qiymət 27 °C həddindən yuxarı", "среднее выше 27 °C" },
		{ { REASON_SILENT, REASON_SINGLE, { 0 }, "" }, "silent", "məlumat gəlmir",
		    "данных нет" },
		{ { REASON_STATE, REASON_SINGLE, { 0 }, "output source: on battery" }, "",
		    "çıxışın mənbəyi: batareyadan", "источник выхода: от батареи" },
		{ { REASON_STATE, REASON_SINGLE, { 0 }, "Frobnicator: skew" }, "",
		    "Frobnicator: skew", "Frobnicator: skew" },
		{ { REASON_RISING, REASON_SINGLE, { 1.6, 60 }, "" }, "rising",
		    "dəqiqədə 1,6 °C artır (1 dəq ərzində)",
		    "растёт на 1,6 °C в минуту (за 1 мин)" },
		{ { REASON_REACHES, REASON_SINGLE, { 32, 200, 120, 300 }, "" }, "reaches",
		    "təxminən 3 dəq 20 san sonra 32 °C həddinə çatacaq (2 dəq – 5 dəq)",
		    "достигнет 32 °C примерно через 3 мин 20 с (от 2 мин до 5 мин)" },
		{ { REASON_COUNT, REASON_SINGLE, { 3, 12 }, "above 32.5 °C" }, "3 of 12",
		    "12-dən 3: 32,5 °C həddindən yuxarı", "3 из 12: выше 32,5 °C" },
		{ { REASON_COUNT, REASON_EACH, { 3, 12, REASON_RISING }, "rising by 2 °C/min" },
		    "each rising by 2 °C/min", "12-dən 3: həddindən artıq sürətlə artır",
		    "3 из 12: растёт слишком быстро" },
		{ { REASON_OTHER, REASON_SINGLE, { 0 }, "" }, "its own words", "its own words",
		    "its own words" },
		{ { REASON_FLAT, REASON_SINGLE, { 3600, 2 }, "" }, "flat",
		    "1 saat ərzində dəyişməyib, qonşuları isə 2 °C dəyişib",
		    "не меняется уже 1 ч, а соседи изменились на 2 °C" },
	};
	char got[300];
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct alert a = mail_alert(1, "srv-17", 33);
		a.why = rows[i].why;
		(void)str_copy(a.reason, sizeof a.reason, rows[i].text);
		text_reason(got, sizeof got, &a, LANG_AZ);
		assert_string_equal(got, rows[i].az);
		text_reason(got, sizeof got, &a, LANG_RU);
		assert_string_equal(got, rows[i].ru);
		if (*rows[i].text != '\0') {
			text_reason(got, sizeof got, &a, LANG_EN);
			assert_string_equal(got, rows[i].text);
		}
	}
}

/* No code of a reason is without words. */
static void
test_all_reasons(void **state)
{
	(void)state;
	for (int l = 0; l < LANG_N; l++) {
		for (int code = REASON_ABOVE; code <= REASON_GONE; code++) {
			struct alert a = mail_alert(1, "srv-17", 33);
			char got[300];
			a.reason[0] = '\0';
			a.why = (struct reason){
				.code = (enum reason_code)code, .v = { 1, 2, 3, 4 }, .words = "off"
			};
			text_reason(got, sizeof got, &a, (enum lang)l);
			assert_true(strlen(got) > 2);
		}
	}
}

static void
test_link_and_zone_without_title(void **state)
{
	(void)state;
	struct mail_fixture *x = mail_fixture_new(LANG_AZ);
	x->zone.title = x->zone.name;
	x->facts.node = &x->nodes[5];
	struct mail *m = say(x);
	has(m->subject, "[KRİTİK] Zona b: ");
	has(m->subject, " — Naxçıvan 4 nömrəli məktəb");
	mail_free(m);
	x->zone.title = "Şimal zalı";
	m = say(x);
	has(m->subject, "[KRİTİK] Şimal zalı: ");
	mail_free(m);
	x->facts.zone = NULL;
	m = say(x);
	has(m->subject, "[KRİTİK] Data centre: ");
	mail_free(m);
	free(x);
}

static void
test_hostile_texts(void **state)
{
	(void)state;
	struct mail_fixture *x = mail_fixture_new(LANG_EN);
	x->facts.site = "<script>alert(1)</script>\r\nBcc: x@y";
	x->alerts[0].title = "a\x1b[31m\xe2\x80\xae"
			     "evil\xff %n%s <img src=x>";
	x->alerts[0].unit = "<b>";
	x->alerts[0].advice = "\"'&\n<";
	x->nodes[3].title = "</td></table><h1>";
	x->facts.url = "https://zw.example/\"onclick=\"x";
	(void)str_copy(x->incident.ack.author, ALERT_MAX_AUTHOR, "<i>\n</i>");
	x->facts.graph = true;
	struct mail *m = say(x);
	has_not(m->html, "<script");
	has_not(m->html, "<img src=x");
	has_not(m->html, "<b>");
	has_not(m->html, "<i>");
	has_not(m->html, "</td></table><h1>");
	has_not(m->html, "\"onclick");
	has(m->html, "&lt;script&gt;");
	has_not(m->text, "\x1b");
	has_not(m->text, "\r");
	has_not(m->text, "\xe2\x80\xae");
	has_not(m->text, "\nBcc");
	has(m->subject, "a [31m?evil\xef\xbf\xbd %n%s <img src=x>");
	mail_free(m);
	x->facts.url = "javascript:alert(1)";
	m = say(x);
	has_not(m->html, "href");
	mail_free(m);
	free(x);
}

/* Titles that have no end are cut between characters, in subject and text. */
static void
test_long_texts(void **state)
{
	char title[3000];
	(void)state;
	for (size_t odd = 0; odd < 3; odd++) {
		struct mail_fixture *x = mail_fixture_new(LANG_RU);
		memset(title, 'x', odd);
		for (size_t i = odd; i + 2 < sizeof title; i += 2)
			memcpy(title + i, "Ж", 3);
		x->alerts[0].title = title;
		struct mail *m = say(x);
		assert_true(strlen(m->subject) <= 240 && strlen(m->subject) > 230);
		assert_true(str_is_text(m->subject, strlen(m->subject)));
		has_not(m->text, "\xef\xbf\xbd");
		mail_free(m);
		free(x);
	}
}

/* Nothing known but an incident. */
static void
test_bare(void **state)
{
	(void)state;
	for (int l = 0; l < LANG_N; l++) {
		for (int act = PLAN_OPEN; act <= PLAN_CLOSE; act++) {
			struct mail_fixture *x = mail_fixture_new((enum lang)l);
			x->facts.act = (enum plan_act)act;
			x->facts.node = NULL;
			x->facts.alert = NULL;
			x->facts.series = NULL;
			x->facts.graph = true;
			struct mail *m = say(x);
			has(m->subject, "the cause");
			mail_free(m);
			free(x);
		}
	}
}

static void
test_digest_and_life(void **state)
{
	(void)state;
	struct mail_fixture *x = mail_fixture_new(LANG_EN);
	struct incident over = x->incident;
	over.severity = WIRE_WARNING;
	over.closed_ms = over.opened_ms + 600000;
	const struct text_line lines[] = { { &x->incident, &x->alerts[0], &x->zone },
		{ &over, NULL, NULL } };
	struct text_digest d = { .site = "Data centre",
		.url = "https://zw.example",
		.lines = lines,
		.nlines = 2,
		.nmore = 3,
		.nodes = 80,
		.live = 78,
		.silences = 1,
		.opened = 7,
		.now_ms = MAIL_T0 };
	struct mail *m = xcalloc(1, sizeof *m);
	text_digest(m, &d);
	assert_string_equal(m->subject, "[CRITICAL] Data centre: 5 incidents in one mail");
	has(m->text, "Open\n- Zone B – Critical: Inlet air above the allowable range – srv-17 32.4 "
		     "°C, above 32 °C; open since 2026-11-22 02:42:30 +04:00; incident 12\n");
	has(m->text, "Over\n- Data centre – Warning: the cause; over; began 2026-11-22 02:42:30 "
		     "+04:00, lasted 10 min; incident 12\n");
	has(m->text, "\nand 3 more\n");
	has(m->text, "\nhttps://zw.example/incidents\n");
	mail_free(m);
	m = xcalloc(1, sizeof *m);
	d.lang = LANG_RU;
	text_life(m, &d);
	assert_string_equal(
	    m->subject, "[OK] Data centre: zonewatch работает, данные передают 78 из 80 узлов");
	has(m->text, "Инцидентов за 24 ч:  7\n");
	mail_free(m);
	m = xcalloc(1, sizeof *m);
	d.lang = LANG_AZ;
	d.late = true;
	text_digest(m, &d);
	assert_string_equal(m->subject, "[KRİTİK] Data centre: bir məktubda 5 insident");
	has(m->text, "Bir müddət məktubları çatdırmaq mümkün olmadı.");
	mail_free(m);
	free(x);
}

/* The cause is over, another still fires: named as before, and said so. */
static void
test_cause_over(void **state)
{
	(void)state;
	struct mail_fixture *x = mail_fixture_new(LANG_EN);
	mail_fixture_cooling(x);
	x->nodes[0].role = ROLE_COOLING;
	x->facts.units[1].cools = true;
	x->alerts[0].state = ALERT_RESOLVED;
	x->alerts[0].resolved_ms = MAIL_T0 + 480000;
	x->alerts[1] = mail_alert(2, "srv-18", 33);
	x->alerts[1].severity = WIRE_WARNING;
	x->facts.others[0] = &x->alerts[1];
	x->facts.nothers = 1;
	x->facts.act = PLAN_UPDATE;
	struct mail *m = say(x);
	assert_string_equal(m->subject,
	    "[WARNING, update: no longer critical] Zone B: Cooling unit 2 stopped, over since "
	    "02:50, 32 °C in about 1.4 min — cool-b2; 1 further alert");
	has(m->text, "Cooling unit 2 stopped at 02:42; this is over since 02:50; still firing: "
		     "Warning: Inlet air above the allowable range – srv-18 33 °C, above 32 °C; 9 "
		     "inlets rising");
	has(m->text, "Over since:          2026-11-22 02:50:00 +04:00");
	has_not(m->text, "Value:");
	mail_free(m);
	x->facts.act = PLAN_CLOSE;
	x->alerts[0].state = ALERT_CLOSED;
	x->incident.closed_ms = MAIL_T0 + 600000;
	m = say(x);
	has(m->subject, "[RESOLVED] Zone B: Cooling unit 2 stopped — cool-b2, lasted ");
	mail_free(m);
	free(x);
}

/* What comes and goes is never told as if it were so, or fine, at this moment. */
static void
test_chattering(void **state)
{
	static const struct {
		enum lang l;
		const char *subject, *story;
	} rows[] = { { LANG_EN, "Zone B: unit: not cooling, comes and goes — cool-b2",
			 "; comes and goes; held until it is steady for 10 min; " },
		{ LANG_AZ, "Zona B: blok: soyutmur, gah yaranır, gah itir — cool-b2",
		    "; gah yaranır, gah itir; 10 dəq sabit qalana qədər açıq saxlanılır; " },
		{ LANG_RU, "Зона B: ",
		    "; то появляется, то исчезает; открыто, пока не будет стабильно 10 мин; " } };
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct mail_fixture *x = mail_fixture_new(rows[i].l);
		mail_fixture_cooling(x);
		x->facts.air = NULL;
		x->facts.nunits = 0;
		x->alerts[0] = mail_state_alert(1, "cool-b2", "unit: not cooling", "ended");
		x->alerts[0].flags = ALERT_CHATTERING;
		x->alerts[0].clear_ms = MAIL_T0 + 1000;
		struct mail *m = say(x);
		has(m->subject, rows[i].subject);
		has_not(m->subject, "ended");
		has(m->text, rows[i].story);
		mail_free(m);
		free(x);
	}
}

/* Somebody has the incident, nobody what fired since. */
static void
test_unacknowledged_rest(void **state)
{
	(void)state;
	struct mail_fixture *x = mail_fixture_new(LANG_EN);
	x->facts.act = PLAN_REMIND;
	(void)str_copy(x->incident.ack.author, ALERT_MAX_AUTHOR, "root");
	x->incident.ack.at_ms = MAIL_T0 + 60000;
	x->facts.unacked = 1;
	x->facts.unacked_ms = MAIL_T0 + 120000;
	x->facts.now_ms = MAIL_T0 + 1020000;
	struct mail *m = say(x);
	has(m->text, "\n! 1 critical alert fired after root had acknowledged the incident; nobody "
		     "has acknowledged it for 15 min.\n");
	has(m->text, "Acknowledged:        by root, 2026-11-22 02:43:00 +04:00; not what fired "
		     "since\n");
	has_not(m->text, "nobody has acknowledged this");
	mail_free(m);
	free(x);
}

/* "nothing else is wrong" is said only where it is so. */
static void
test_elsewhere(void **state)
{
	(void)state;
	struct mail_fixture *x = mail_fixture_new(LANG_EN);
	char got[1024];
	x->facts.elsewhere = WIRE_CRITICAL;
	text_story(got, sizeof got, &x->facts);
	has(got, "; other incidents at the site are critical");
	has_not(got, "nothing else");
	x->facts.elsewhere = WIRE_WARNING;
	text_story(got, sizeof got, &x->facts);
	has(got, "; nothing else is critical");
	x->facts.beyond = 2;
	text_story(got, sizeof got, &x->facts);
	has(got, "; 2 neighbours are beyond the same limit");
	has_not(got, "nothing else");
	free(x);
}

/* What to do about a device's own state: by what it is, with its name in the commands. */
static void
test_runbook(void **state)
{
	(void)state;
	struct mail_fixture *x = mail_fixture_new(LANG_EN);
	mail_fixture_cooling(x);
	x->alerts[0].advice = "zonewatchctl last NODE shows all that the device says, zonewatchctl "
			      "events NODE its traps.";
	struct mail *m = say(x);
	has(m->text, "What to do\n\nGo to the unit: ");
	has(m->text, "zonewatchctl last cool-b2 shows all that the device says, zonewatchctl "
		     "events cool-b2 its traps.");
	has_not(m->text, "NODE");
	mail_free(m);
	x->alerts[0].topic = TOPIC_POWER;
	x->facts.lang = LANG_RU;
	m = say(x);
	has(m->text, "Подойдите к устройству: ");
	mail_free(m);
	free(x);
}

/* Words that any language has as they are: names, and what is typed. */
static bool
is_name(const char *word)
{
	static const char *const names[] = { "Data", "centre", "Cooling", "unit", "cool", "thermal",
		"inlet", "cooling", "https", "example", "incident", "Mail", "server", "UPS",
		"zonewatchctl", "last", "NODE", "events", "snmp", "show", "root" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], word) == 0)
			return true;
	return strlen(word) < 3;
}

/* No word of the English mail is in the other, but for names. */
static void
no_english(const char *english, const char *other)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char word[64];
	for (const char *p = english; *(p += strcspn(p, letters)) != '\0';) {
		size_t n = strspn(p, letters);
		snprintf(word, sizeof word, "%.*s", (int)n, p);
		bool apart =
		    (p == english || (unsigned char)p[-1] < 0x80) && (unsigned char)p[n] < 0x80;
		p += n;
		if (!apart || is_name(word))
			continue;
		for (const char *q = other; (q = strstr(q, word)) != NULL; q += n)
			if (q > other && strchr(" \n(", q[-1]) != NULL &&
			    strchr(" \n,;:).", q[n]) != NULL)
				fail_msg("English \"%s\" in:\n%s", word, other);
	}
}

/* All kinds of mails, with the reasons of devices and combinations, in the other languages. */
static void
test_no_english(void **state)
{
	static const char *const reasons[] = {
		"power from the battery and a cooling unit does not cool",
		"no cooling unit cools and the inlets get warmer", "output source: on battery",
		"cooling: Cooling failure: unit is not cooling", "status: high alarm"
	};
	static const char *const titles[] = { "Power from the battery, and a cooling unit is off" };
	(void)state;
	for (unsigned i = 0; i < 5 * 5 * 2; i++) {
		struct mail_fixture *x = mail_fixture_new(LANG_EN);
		mail_fixture_cooling(x);
		x->alerts[0] = mail_state_alert(1, "cool-b2", reasons[i % 5], "ended");
		x->alerts[0].advice = NULL;
		x->alerts[0].title = titles[0];
		x->alerts[0].why.code = i % 5 < 2 ? REASON_OTHER : REASON_STATE;
		x->facts.generic = i % 5 >= 2;
		x->alerts[0].flags = i % 2 == 0 ? 0 : ALERT_CHATTERING;
		x->alerts[1] = mail_alert(2, "srv-18", 33);
		x->facts.others[0] = &x->alerts[1];
		x->facts.nothers = 1;
		x->facts.nmore = 14;
		x->facts.unreachable = 3;
		x->facts.elsewhere = WIRE_CRITICAL;
		x->facts.act = (enum plan_act)(PLAN_OPEN + i / 5 % 5);
		if (i >= 25) {
			x->alerts[0].state = ALERT_RESOLVED;
			x->alerts[0].resolved_ms = MAIL_T0 + 60000;
		}
		struct mail *en = say(x);
		for (enum lang l = LANG_EN; l <= LANG_RU; l++) {
			if (l == LANG_EN)
				continue;
			x->facts.lang = l;
			struct mail *m = say(x);
			no_english(en->subject, m->subject);
			no_english(en->text, m->text);
			mail_free(m);
		}
		mail_free(en);
		free(x);
	}
}

/* What the title of a combination says, its reason does not say again, in any language. */
static void
test_said_once(void **state)
{
	static const struct {
		const char *title, *reason;
		bool once;
	} rows[] = {
		{ "Power from the battery, and a cooling unit is off",
		    "power from the battery and a cooling unit does not cool", true },
		{ "No cooling unit cools the zone, and it gets warmer",
		    "no cooling unit cools and the inlets get warmer", true },
		{ "Several zones get warmer at once", "the inlets get warmer", true },
		{ "Trouble in the room", "power from the battery and a cooling unit does not cool",
		    false },
		{ "Power from the battery", "power from the battery and no cooling unit cools",
		    false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		for (enum lang l = LANG_EN; l <= LANG_RU; l++) {
			struct alert a = mail_state_alert(1, "", rows[i].reason, "");
			char reason[ALERT_MAX_TEXT], beside[ALERT_MAX_TEXT], text[600];
			a.title = rows[i].title;
			a.why.code = REASON_OTHER;
			text_reason(reason, sizeof reason, &a, l);
			text_beside(beside, sizeof beside, &a, l);
			text_alert(text, sizeof text, &a, l);
			assert_string_not_equal(reason, "");
			assert_string_equal(beside, rows[i].once ? "" : reason);
			assert_int_equal(strstr(text, reason) == NULL, rows[i].once);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opening),
		cmocka_unit_test(test_opening_az),
		cmocka_unit_test(test_opening_ru),
		cmocka_unit_test(test_story),
		cmocka_unit_test(test_story_rest),
		cmocka_unit_test(test_cooling),
		cmocka_unit_test(test_update),
		cmocka_unit_test(test_reminder_and_escalation),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_all_reasons),
		cmocka_unit_test(test_link_and_zone_without_title),
		cmocka_unit_test(test_hostile_texts),
		cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_bare),
		cmocka_unit_test(test_cause_over),
		cmocka_unit_test(test_chattering),
		cmocka_unit_test(test_unacknowledged_rest),
		cmocka_unit_test(test_elsewhere),
		cmocka_unit_test(test_runbook),
		cmocka_unit_test(test_no_english),
		cmocka_unit_test(test_said_once),
		cmocka_unit_test(test_digest_and_life),
	};
	lang_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
